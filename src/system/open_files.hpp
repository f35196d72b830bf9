// The limit of open files of this process, which needs one per connection and a few more.
#pragma once

#include <cstdint>

namespace tws {

// The soft limit; the highest number if there is none.
std::uint64_t open_file_limit();

// The hard limit; the highest number if there is none.
std::uint64_t hard_open_file_limit();

// Raises the soft limit to the hard limit. Returns the limit now in force, which is the old one if
// the system refuses.
std::uint64_t raise_open_file_limit();

}  // namespace tws
