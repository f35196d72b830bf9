#include "load/source_ports.hpp"

#include <algorithm>
#include <utility>

namespace tws::load {

SourcePorts::SourcePorts(PortRange range, const std::vector<PortRange>& reserved,
                         std::vector<asio::ip::address> sources, std::uint64_t first,
                         std::uint64_t step)
    : sources_(std::move(sources)), first_(first), step_(step), at_(first) {
  for (std::uint32_t port = range.low; port <= range.high; ++port)
    if (std::none_of(reserved.begin(), reserved.end(), [port](const PortRange& part) {
          return part.low <= port && port <= part.high;
        }))
      ports_.push_back(static_cast<std::uint16_t>(port));
}

std::uint64_t SourcePorts::of_all_workers() const {
  return ports_.size() * std::max<std::size_t>(sources_.size(), 1);
}

std::uint64_t SourcePorts::size() const {
  const auto all = of_all_workers();
  return all > first_ ? (all - first_ + step_ - 1) / step_ : 0;
}

SourcePorts::Pair SourcePorts::next() {
  const auto pair = at_;
  at_ += step_;
  if (at_ >= of_all_workers()) at_ = first_;
  Pair result;
  result.port = ports_[pair % ports_.size()];
  if (!sources_.empty()) result.address = sources_[pair / ports_.size()];
  return result;
}

}  // namespace tws::load
