#include "report/time_columns.hpp"

#include <algorithm>

namespace tws {
namespace {

template <typename Other>
void add(TimeColumn& to, const Other& from) {
  to.requests += from.requests;
  to.errors += from.errors;
  if (from.time_wait) to.time_wait = std::max(to.time_wait.value_or(0), *from.time_wait);
  if (from.sockets && (!to.sockets || from.sockets->client_ports >= to.sockets->client_ports))
    to.sockets = from.sockets;
}

}  // namespace

std::vector<TimeColumn> time_columns(const Run& run, std::size_t most) {
  const auto& samples = run.timeline;
  const std::size_t each = std::max<std::size_t>((samples.size() + most - 1) / most, 1);
  std::vector<TimeColumn> columns;
  double at = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const Sample& sample = samples[i];
    if (i % each == 0) {
      columns.emplace_back();
      columns.back().from = at;
    }
    add(columns.back(), sample);
    if (!sample.latency.empty()) columns.back().latency.merge(sample.latency.unpack());
    columns.back().to = at = std::max(at, sample.t);
  }
  const auto length = [](const TimeColumn& one) { return one.to - one.from; };
  if (columns.size() > 1 && length(columns.back()) < length(columns.front()) / 2) {
    auto& last = columns[columns.size() - 2];
    add(last, columns.back());
    last.latency.merge(columns.back().latency);
    last.to = columns.back().to;
    columns.pop_back();
  }
  std::erase_if(columns, [&](const TimeColumn& one) { return length(one) <= 0; });
  return columns;
}

}  // namespace tws
