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

Sampler::Sampler(asio::io_context& io, ServerWatch& servers, SocketWatch& sockets, WayWatch& way,
                 UpstreamWatch& upstreams)
    : io_(io),
      servers_(servers),
      sockets_(sockets),
      way_(way),
      upstreams_(upstreams),
      next_census_(census_interval) {}

void Sampler::start(Clock::time_point start,
                    std::function<void(std::chrono::nanoseconds)> after_each) {
  start_ = start;
  after_each_ = std::move(after_each);
  wait_for_sample(1);
  // A proxy with few ports may have used them up before the first sample, and then it has no
  // connection any more that shows whose they were.
  early_.expires_at(start_ + std::chrono::milliseconds(20));
  early_.async_wait([this](const error_code& error) {
    if (!error && !stopped_) upstreams_.look(servers_.watched(), Clock::now() - start_);
  });
}

void Sampler::stop() {
  stopped_ = true;
  timer_.cancel();
  early_.cancel();
  servers_.cancel();
}

void Sampler::wait_for_sample(int number) {
  timer_.expires_at(start_ + number * sample_interval);
  timer_.async_wait([this, number](const error_code& error) {
    if (error || stopped_) return;
    const auto elapsed = Clock::now() - start_;
    take_sample(elapsed);
    after_each_(elapsed);
    const auto passed = (Clock::now() - start_) / sample_interval;
    wait_for_sample(std::max(number, static_cast<int>(passed)) + 1);
  });
}

void Sampler::take_sample(std::chrono::nanoseconds elapsed) {
  if (const auto sockets = read_sockstat()) timeline_.add_time_wait(elapsed, sockets->time_wait);
  way_.look(elapsed);
  upstreams_.look(servers_.watched(), elapsed);
  const bool due = elapsed >= next_census_;
  if (due) servers_.look(io_, start_, [this] { correct_census(); });
  if (!due && sockets_.seconds() >= census_share * to_seconds(elapsed)) return;
  if (due) next_census_ = elapsed + census_interval;
  last_census_ = sockets_.take();
  last_census_at_ = elapsed;
  if (last_census_) timeline_.add_census(elapsed, *last_census_);
}

// The server has sent new data about its side.
void Sampler::correct_census() {
  if (!last_census_) return;
  servers_.tell(*last_census_);
  timeline_.add_census(last_census_at_, *last_census_);
}

}  // namespace tws::load
