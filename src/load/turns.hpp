// Whose turn it is among the requests of a target, and the number of each request.
#pragma once

#include "load/job.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tws::load {

// Worker `first` of `step`. Each worker goes through the whole order of each target, so that all
// requests get their share even if one worker is faster, and begins with another part of it: where
// the worker before it ends if the plan has a number of requests. So those of one target are asked
// exactly in their proportions, and so are the lines of --body-lines.
class Turns {
 public:
  Turns(const Job& job, std::uint64_t first, std::uint64_t step);

  const Ask& next(const Target& target);
  // Counts a request of this worker, from 0.
  std::uint64_t begin_request() { return begun_++; }
  // What its placeholders stand for.
  Values values(std::uint64_t request) const;

 private:
  const Job& job_;
  std::uint64_t first_, step_;
  std::uint64_t begun_ = 0;
  std::size_t first_line_;
  std::vector<std::size_t> at_;  // by target, in its order
};

}  // namespace tws::load
