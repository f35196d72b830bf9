#include "load/socket_watch.hpp"

#include "load/job.hpp"

#include <chrono>
#include <thread>

namespace tws::load {
namespace {

constexpr std::chrono::milliseconds look_again_after{10};
constexpr int most_looks_at_the_end = 10;

// Whether there are sockets in a state that only lasts until the peer responds.
bool is_closing(const Census& census) {
  std::uint64_t closing = 0;
  for (const auto* side : {&census.client, &census.server})
    for (const auto state : {TcpState::FinWait1, TcpState::FinWait2, TcpState::Closing,
                             TcpState::CloseWait, TcpState::LastAck})
      closing += (*side)[state];
  return closing > 0;
}

}  // namespace

CensusFilter census_filter(const Prepared& prepared) {
  const Job& job = *prepared.job;
  CensusFilter filter;
  filter.range = job.plan.port_range ? job.plan.port_range : prepared.run.limits.ports;
  for (const auto& target : job.targets) filter.targets.push_back(target.endpoint);
  filter.sources = job.local_addresses;
  if (job.plan.ports == PortChoice::kernel)
    filter.left_out = prepared.run.limits.held.value_or(std::vector<PortRange>{});
  return filter;
}

SocketWatch::SocketWatch(const Prepared& prepared, ServerWatch& servers)
    : wanted_(prepared.job->plan.census), filter_(census_filter(prepared)), servers_(servers) {}

std::optional<Census> SocketWatch::take() {
  if (!wanted_) return {};
  auto census = take_census(filter_);
  if (!census) return {};
  ++count_;
  seconds_ += census->seconds;
  servers_.tell(*census);
  return *census;
}

std::optional<Census> SocketWatch::take_last() {
  auto census = take();
  for (int i = 0; i < most_looks_at_the_end && census && is_closing(*census); ++i) {
    std::this_thread::sleep_for(look_again_after);
    if (!servers_.look_again()) break;
    census = take();
  }
  return census;
}

}  // namespace tws::load
