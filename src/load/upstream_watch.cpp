#include "load/upstream_watch.hpp"

#include "support/endpoint.hpp"
#include "system/upstream.hpp"

#include <algorithm>

namespace tws::load {
namespace {

std::string text_of(const Endpoint& endpoint) {
  using namespace boost::asio::ip;
  const address_v6 v6(endpoint.address);
  const address shown = v6.is_v4_mapped() ? address(make_address_v4(v4_mapped, v6)) : address(v6);
  return endpoint_text({shown, endpoint.port});
}

}  // namespace

void UpstreamWatch::look(const std::vector<int>& processes, std::chrono::nanoseconds elapsed) {
  if (!wanted_ || processes.empty() || !looks_.is_due(elapsed)) return;
  const auto since = std::chrono::steady_clock::now();
  const auto found = look_upstream(processes, known_);
  if (found) seen_ = true;
  if (found && !found->empty() && !result_.range) {
    const auto limits = limits_around(processes.front());
    if (limits) {
      result_.usable_ports = limits->usable_ports;
      result_.range = limits->ports;
      result_.reuse = limits->reuse;
    }
  }
  for (const auto& [endpoint, now] : found.value_or(std::map<Endpoint, PortsTowards>{})) {
    known_.insert(endpoint);
    Upstream& most = most_[endpoint];
    if (now.ports > most.ports) most = {{}, now.ports, now.time_wait, now.syn_sent};
  }
  looks_.took(elapsed, since);
}

std::optional<Upstreams> UpstreamWatch::end() const {
  if (!seen_) return {};
  constexpr std::size_t most_told = 16;
  Upstreams result = result_;
  for (const auto& [endpoint, upstream] : most_) {
    result.all.push_back(upstream);
    result.all.back().address = text_of(endpoint);
  }
  std::ranges::stable_sort(result.all, std::ranges::greater{}, &Upstream::ports);
  if (result.all.size() > most_told) result.all.resize(most_told);
  result.looks = looks_.count();
  result.seconds = looks_.seconds();
  return result;
}

}  // namespace tws::load
