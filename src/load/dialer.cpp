#include "load/dialer.hpp"

#include "load/dial.hpp"

#include <algorithm>
#include <cerrno>

namespace tws::load {
namespace {

constexpr std::uint64_t most_ports_tried = 100;  // for one attempt

}  // namespace

Dialer::Dialer(const Job& job, std::uint64_t first, std::uint64_t step) : job_(job), next_(first) {
  if (job.plan.ports == PortChoice::rotate)
    own_ports_.emplace(job.own_ports, job.reserved, job.sources, first, step);
}

Dialer::Dialed Dialer::dial(const Target* only) {
  const auto number = next_++;
  const auto& targets = job_.targets;
  const auto& sources = job_.sources;
  const Target& target = only ? *only : targets[number % targets.size()];
  if (!job_.plan.unix_socket.empty()) return {&target, begin_connecting(job_.plan.unix_socket)};
  if (own_ports_) return {&target, dial_from_own_ports(target)};
  std::optional<asio::ip::address> source;
  if (!sources.empty()) source = sources[number / targets.size() % sources.size()];
  return {&target, begin_connecting(target.endpoint, source, job_.plan.port_range)};
}

// Another program may have the port, or the pair may belong to a connection that has not ended yet.
int Dialer::dial_from_own_ports(const Target& target) {
  int result = 0;
  for (auto tries = std::min<std::uint64_t>(own_ports_->size(), most_ports_tried); tries > 0;
       --tries) {
    const auto own = own_ports_->next();
    result = begin_connecting_from(target.endpoint, own.address, own.port);
    if (result != -EADDRINUSE && result != -EADDRNOTAVAIL) break;
  }
  return result;
}

bool Dialer::gives_up_own_ports(int descriptor) {
  // Attempts use the targets in turn, so the first ones check each target.
  if (!own_ports_ || ++connected_ > job_.targets.size() || has_time_stamps(descriptor))
    return false;
  own_ports_.reset();
  return true;
}

}  // namespace tws::load
