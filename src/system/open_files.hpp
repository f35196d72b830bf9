// The limit of open files of this process: one per connection, and a few besides.
#pragma once

#include <cstdint>

namespace tws {

// The soft limit; the highest number where there is none.
std::uint64_t open_file_limit();

// How far the soft limit can be raised; the highest number where there is no bound.
std::uint64_t hard_open_file_limit();

// Raises the soft limit as far as the hard one lets it; returns the limit now in force, which is
// the old one where the system refuses.
std::uint64_t raise_open_file_limit();

}  // namespace tws
