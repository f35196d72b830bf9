#include "support/nearest.hpp"

#include <algorithm>

namespace tws {
namespace {

// Insertions, deletions, changes and swaps of neighbours that make `a` from `b`.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i)
    for (std::size_t k = 0; k <= b.size(); ++k) {
      if (i == 0 || k == 0) {
        d[i][k] = i + k;
        continue;
      }
      d[i][k] = std::min(
          {d[i - 1][k] + 1, d[i][k - 1] + 1, d[i - 1][k - 1] + (a[i - 1] == b[k - 1] ? 0 : 1)});
      if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
        d[i][k] = std::min(d[i][k], d[i - 2][k - 2] + 1);
    }
  return d[a.size()][b.size()];
}

}  // namespace

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  std::string best;
  // One slip for each four letters; the dashes of options are none.
  std::size_t fewest =
      (word.size() - std::min(word.find_first_not_of('-'), word.size()) + 3) / 4 + 1;
  for (const auto& one : candidates) {
    const auto slips = word.size() > 4 && one.starts_with(word) ? 1 : distance(word, one);
    if (slips >= fewest) continue;
    fewest = slips;
    best = one;
  }
  return best;
}

}  // namespace tws
