#include "load/sampler.hpp"

#include "support/units.hpp"
#include "system/sockstat.hpp"

#include <algorithm>
#include <utility>

namespace tws::load {
namespace {

// A census is taken once a second, and with every sample while all censuses together took less than
// this share of the time. It is cheap with few sockets and slow with many.
constexpr std::chrono::seconds census_interval{1};
constexpr double census_share = 0.005;

}  // namespace

Sampler::Sampler(asio::io_context& io, SocketWatch& sockets)
    : io_(io), sockets_(sockets), next_census_(census_interval) {}

void Sampler::start(Clock::time_point load_start, const Plan& plan,
                    std::function<void(std::chrono::nanoseconds)> after_each,
                    std::function<void(std::size_t)> on_turn) {
  warm_up_length_ = plan.warm_up;
  start_ = load_start + plan.warm_up;
  turns_ = turns_of(plan);
  after_each_ = std::move(after_each);
  on_turn_ = std::move(on_turn);
  wait_for_turn(0);
  wait_for_sample(1 - static_cast<int>(plan.warm_up / sample_interval));
  look_early();
}

// A proxy with few ports may have used them up before the first sample, and then it has no
// connection any more that shows whose they were.
void Sampler::look_early() {
  early_.expires_at(start_ + std::chrono::milliseconds(20));
  early_.async_wait([this](const error_code& error) {
    if (error || stopped_) return;
    for (PartWatch* part : parts_) part->look_early(Clock::now());
  });
}

void Sampler::stop() {
  stopped_ = true;
  timer_.cancel();
  early_.cancel();
  turn_.cancel();
  for (PartWatch* part : parts_) part->cancel();
}

void Sampler::add(Tick tick) {
  if (tick.from >= std::chrono::nanoseconds{}) return timeline_.add(tick);
  tick.from += warm_up_length_;
  warm_up_.add(tick);
}

void Sampler::wait_for_turn(std::size_t number) {
  if (number >= turns_.size()) return;
  turn_.expires_at(start_ - warm_up_length_ + turns_[number]);
  turn_.async_wait([this, number](const error_code& error) {
    if (error || stopped_) return;
    on_turn_(number);
    wait_for_turn(number + 1);
  });
}

void Sampler::wait_for_sample(int number) {
  timer_.expires_at(start_ + number * sample_interval);
  timer_.async_wait([this, number](const error_code& error) {
    if (error || stopped_) return;
    const auto elapsed = Clock::now() - start_;
    if (number > 0) take_sample(elapsed);
    after_each_(elapsed);
    const auto passed =
        elapsed < elapsed.zero() ? number : (Clock::now() - start_) / sample_interval;
    wait_for_sample(std::max(number, static_cast<int>(passed)) + 1);
  });
}

void Sampler::take_sample(std::chrono::nanoseconds elapsed) {
  if (const auto sockets = read_sockstat()) timeline_.add_time_wait(elapsed, sockets->time_wait);
  for (PartWatch* part : parts_) part->look(Clock::now());
  const bool due = elapsed >= next_census_;
  for (PartWatch* part : parts_)
    if (due) part->look_at_servers(io_, [this, part] { correct_census(*part); });
  if (!due && sockets_.seconds() >= census_share * to_seconds(elapsed)) return;
  if (due) next_census_ = elapsed + census_interval;
  last_census_ = sockets_.take();
  last_census_at_ = elapsed;
  if (last_census_) timeline_.add_census(elapsed, *last_census_);
}

// The server has sent new data about its side.
void Sampler::correct_census(PartWatch& part) {
  if (!last_census_) return;
  part.servers().tell(*last_census_);
  timeline_.add_census(last_census_at_, *last_census_);
}

}  // namespace tws::load
