#include "load/turns.hpp"

#include <algorithm>

namespace tws::load {
namespace {

// Where the share of worker `first` of `step` begins.
std::uint64_t begin_of_share(std::uint64_t count, std::uint64_t first, std::uint64_t step) {
  return first * (count / step) + std::min(first, count % step);
}

// ... in something that has so many parts and is gone through over and over.
std::size_t begin_in(std::size_t parts, const Job& job, std::uint64_t first, std::uint64_t step) {
  if (parts == 0) return 0;
  return begin_of_share(job.plan.requests.value_or(parts), first, step) % parts;
}

}  // namespace

Turns::Turns(const Job& job, std::uint64_t first, std::uint64_t step)
    : job_(job),
      first_(first),
      step_(step),
      first_line_(begin_in(job.body_lines.size(), job, first, step)) {
  for (const Target& target : job.targets)
    at_.push_back(begin_in(target.order.size(), job, first, step));
}

const Ask& Turns::next(const Target& target) {
  auto& at = at_[static_cast<std::size_t>(&target - job_.targets.data())];
  const Ask& ask = target.asks[target.order[at]];
  if (++at == target.order.size()) at = 0;
  return ask;
}

Values Turns::values(std::uint64_t request) const {
  const auto& lines = job_.body_lines;
  return {job_.plan.seed, first_ + request * step_ + 1,
          lines.empty() ? std::string_view() : lines[(first_line_ + request) % lines.size()]};
}

}  // namespace tws::load
