// The parts of a text report, for tests.
#pragma once

#include <sstream>
#include <string>
#include <vector>

namespace tws {

inline std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> result;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) result.push_back(line);
  return result;
}

// The lines under a heading, up to the next empty one.
inline std::vector<std::string> section(const std::string& text, const std::string& heading) {
  std::vector<std::string> result;
  bool inside = false;
  for (const std::string& line : lines(text)) {
    if (inside && line.empty()) break;
    if (inside) result.push_back(line);
    if (line.starts_with(heading)) inside = true;
  }
  return result;
}

}  // namespace tws
