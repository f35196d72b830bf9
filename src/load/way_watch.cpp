#include "load/way_watch.hpp"

#include "load/job.hpp"
#include "system/connections.hpp"
#include "system/interface.hpp"

#include <algorithm>
#include <utility>

namespace tws::load {
namespace {

// Two for each connection within this machine. So many take the kernel some milliseconds.
constexpr std::size_t most_sockets = 4096;

double smaller(std::optional<double> known, double other) {
  return known ? std::min(*known, other) : other;
}

}  // namespace

void WayTally::begin_look() {
  ++look_;
  rate_ = 0;
}

// Of a socket that was seen before, what came since then.
void WayTally::add(const TcpNumbers& now) {
  const auto [found, is_new] = seen_.try_emplace(now.cookie);
  const TcpNumbers before = std::exchange(found->second, {now, look_}).numbers;
  side_.sockets += is_new;
  ++side_.looks;
  side_.looks_sending += now.sending;
  side_.looks_app_limited += now.sending && now.app_limited;
  side_.looks_overdue += now.overdue;
  if (now.min_rtt > 0) side_.min_rtt = smaller(side_.min_rtt, now.min_rtt);
  // The kernel learns a round trip from an acknowledgement. Without a new one it still shows an old
  // one, such as that of the handshake, whose SYN counts as one byte.
  const auto known = is_new ? 1 : before.bytes_acknowledged;
  if (now.rtt > 0 && now.bytes_acknowledged > known)
    rtt_.record(std::chrono::nanoseconds(static_cast<std::int64_t>(now.rtt * 1e9)));
  const auto since = [&](auto member) {
    return now.*member > before.*member ? now.*member - before.*member : 0;
  };
  side_.segments_sent += since(&TcpNumbers::segments_sent);
  side_.segments_resent += since(&TcpNumbers::segments_resent);
  side_.segments_out_of_order += since(&TcpNumbers::segments_out_of_order);
  side_.bytes_sent += since(&TcpNumbers::bytes_acknowledged);
  side_.bytes_received += since(&TcpNumbers::bytes_received);
  side_.bytes_resent += since(&TcpNumbers::bytes_resent);
  side_.sending += since(&TcpNumbers::sending_seconds);
  side_.window_limited += since(&TcpNumbers::window_limited);
  side_.buffer_limited += since(&TcpNumbers::buffer_limited);
  side_.send_mss = std::max(side_.send_mss, now.send_mss);
  side_.receive_mss = std::max(side_.receive_mss, now.receive_mss);
  if (!now.app_limited) rate_ += now.delivery_rate;
}

void WayTally::end_look(bool all) {
  constexpr std::size_t most_kept = 65'536;
  if (all || seen_.size() > most_kept)
    std::erase_if(seen_, [&](const auto& one) { return one.second.look != look_; });
  side_.delivery_rate = std::max(side_.delivery_rate, rate_);
}

WaySide WayTally::result() const {
  WaySide side = side_;
  side.rtt = rtt_.quantile(0.5);
  return side;
}

WayWatch::WayWatch(const Prepared& prepared) : wanted_(prepared.job->plan.census) {
  for (const auto& target : prepared.job->targets) {
    ports_.push_back(target.endpoint.port());
    const auto address = bytes_of(target.endpoint.address());
    if (is_wildcard(address))
      everywhere_.insert(target.endpoint.port());
    else
      targets_.insert({address, target.endpoint.port()});
  }
  std::ranges::sort(ports_);
  ports_.erase(std::unique(ports_.begin(), ports_.end()), ports_.end());
  if (!prepared.job->targets.empty())
    first_target_ = prepared.job->targets.front().endpoint.address();
}

bool WayWatch::read(const RowSink& on_row) {
  const auto all = read_connections(ports_, most_sockets, on_row);
  wanted_ = all.has_value();
  all_ = all_ && all.value_or(false);
  return all.value_or(false);
}

void WayWatch::begin() {
  if (!wanted_) return;
  interface_ = interface_towards(first_target_);
  read([&](const SocketRow& row) { others_.insert(row.numbers->cookie); });
}

void WayWatch::look(std::chrono::nanoseconds elapsed) {
  if (!wanted_ || !looks_.is_due(elapsed)) return;
  const auto since = Clock::now();
  const auto is_target = [&](const Endpoint& endpoint) {
    return targets_.contains(endpoint) || everywhere_.contains(endpoint.port);
  };
  client_.begin_look();
  server_.begin_look();
  const bool all = read([&](const SocketRow& row) {
    if (others_.contains(row.numbers->cookie)) return;
    if (is_target(row.local))
      server_.add(*row.numbers);
    else if (is_target(row.remote))
      client_.add(*row.numbers);
  });
  client_.end_look(all);
  server_.end_look(all);
  looks_.took(elapsed, since);
}

std::optional<Way> WayWatch::end() {
  if (!wanted_ || looks_.count() == 0) return {};
  Way way{client_.result(), server_.result(), looks_.count(), all_, looks_.seconds(), {}};
  way.interface = interface_between(interface_, interface_towards(first_target_));
  return way;
}

}  // namespace tws::load
