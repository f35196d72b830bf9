// The lines of a text.
#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

namespace tws {

// Without their ends, \n or \r\n; what follows the last end is a line if it is not empty.
inline std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
  }
  return lines;
}

}  // namespace tws
