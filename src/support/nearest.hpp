// For a word that nobody knows the one that was probably meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tws {

// Of `candidates` the one that `word` is most likely to mean; empty if none is near.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace tws
