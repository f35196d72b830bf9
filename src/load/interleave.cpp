#include "load/interleave.hpp"

#include <algorithm>
#include <map>
#include <numeric>

namespace tws::load {
namespace {

// When an index has a turn: part / whole of the order's length. Both are at most twice that.
struct Turn {
  std::uint64_t part, whole;
  std::uint32_t index;

  bool operator<(const Turn& other) const {
    const auto left = part * other.whole, right = other.part * whole;
    return left != right ? left < right : index < other.index;
  }
};

}  // namespace

// Those of the same weight take turns at equal distances, and each of these groups at its own.
std::vector<std::uint32_t> interleaved(const std::vector<std::uint64_t>& weights) {
  std::uint64_t divisor = 0, length = 0;
  for (const auto weight : weights) divisor = std::gcd(divisor, weight);
  std::map<std::uint64_t, std::vector<std::uint32_t>> groups;
  for (std::uint32_t i = 0; i < weights.size(); ++i) {
    const auto weight = weights[i] / divisor;
    if (weight > longest_order - length) return {};
    length += weight;
    groups[weight].push_back(i);
  }
  std::vector<Turn> turns;
  turns.reserve(length);
  for (const auto& [weight, members] : groups) {
    const auto count = weight * members.size();
    for (std::uint64_t turn = 0; turn < count; ++turn)
      turns.push_back({2 * turn + 1, 2 * count, members[turn % members.size()]});
  }
  std::sort(turns.begin(), turns.end());
  std::vector<std::uint32_t> order;
  order.reserve(length);
  for (const Turn& turn : turns) order.push_back(turn.index);
  return order;
}

}  // namespace tws::load
