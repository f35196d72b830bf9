// hammer's command line, for tests.
#pragma once

#include "cli/hammer_options.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace tws {

using Words = std::vector<const char*>;

inline std::optional<HammerOptions> parse(Words words, std::ostream& out) {
  words.insert(words.begin(), "hammer");
  return parse_hammer_options(static_cast<int>(words.size()), words.data(), out);
}

inline HammerOptions parse(Words words) {
  std::ostringstream out;
  auto options = parse(std::move(words), out);
  EXPECT_EQ(out.str(), "");
  return std::move(options.value());
}

}  // namespace tws
