// Walks through directories of /proc.
#pragma once

#include "support/units.hpp"
#include "system/linux/procfs.hpp"

#include <filesystem>
#include <limits>
#include <optional>
#include <string>

namespace tws {

// Calls `on_number` with every name in a directory that is a number: a process, a thread, a file.
// False if it can't be read to its end.
template <typename OnNumber>
bool for_each_number(const std::string& directory, OnNumber on_number) {
  std::error_code ec;
  for (std::filesystem::directory_iterator entry(directory, ec), end; !ec && entry != end;
       entry.increment(ec)) {
    constexpr std::uint64_t highest = std::numeric_limits<int>::max();
    if (const auto number = parse_number(entry->path().filename().native(), highest))
      on_number(static_cast<int>(*number));
  }
  return !ec;
}

// Of a process or a thread, by its directory.
inline std::optional<ProcStat> read_stat(const std::string& directory) {
  const auto text = read_text(directory + "/stat");
  return text ? parse_stat(*text) : std::nullopt;
}

}  // namespace tws
