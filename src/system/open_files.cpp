#include "system/open_files.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <limits>

namespace tws {

namespace {

std::uint64_t number_of(rlim_t limit) {
  return limit == RLIM_INFINITY ? std::numeric_limits<std::uint64_t>::max() : limit;
}

}  // namespace

std::uint64_t open_file_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  return number_of(limit.rlim_cur);
}

std::uint64_t hard_open_file_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  return number_of(limit.rlim_max);
}

std::uint64_t raise_open_file_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  // macOS reports an unlimited hard limit but refuses more than OPEN_MAX, 10,240 (setrlimit(2)).
  constexpr rlim_t macos_open_max = 10240;
  const rlim_t soft = limit.rlim_cur;
  for (rlim_t wanted : {limit.rlim_max, std::min(limit.rlim_max, macos_open_max)}) {
    if (soft != RLIM_INFINITY && wanted <= soft) continue;
    limit.rlim_cur = wanted;
    if (setrlimit(RLIMIT_NOFILE, &limit) == 0) break;
  }
  return open_file_limit();
}

}  // namespace tws
