#include "model/port_table.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

namespace tws::model {
namespace {

constexpr std::uint32_t parts_of(PortOrder order) {
  return order == PortOrder::by_parity ? 2 : 1;
}

constexpr bool is_hashed(PortOrder order) {
  return order == PortOrder::by_parity || order == PortOrder::by_hash;
}

std::uint32_t words_for(PortOrder order, std::uint32_t ports) {
  const auto each = (ports + parts_of(order) - 1) / parts_of(order);
  return (each + 63) / 64;
}

}  // namespace

PortTable::PortTable(PortOrder order, std::uint32_t ports, std::uint32_t lanes, Random& random,
                     std::uint32_t step_width)
    : order_(order),
      ports_(ports),
      // inet_hashtables.c: if (!local_ports && remaining > 1) remaining &= ~1U
      looked_through_(order == PortOrder::by_parity && ports > 1 ? ports & ~1u : ports),
      words_per_part_(words_for(order, ports)),
      parts_(parts_of(order)),
      step_width_(step_width),
      random_(random),
      words_(std::size_t{lanes} * parts_ * words_per_part_),
      free_(std::size_t{lanes} * parts_),
      next_(is_hashed(order) ? lanes : 0),
      last_(ports_ - 1) {
  for (std::uint32_t i = 0; i < free_.size(); ++i) free_[i] = part(i / parts_, i % parts_).size;
  for (auto& next : next_)
    next = random_.below(looked_through_);  // stands for a hash of the addresses
}

std::uint64_t PortTable::slots_needed(PortOrder order, std::uint32_t ports, std::uint64_t lanes) {
  return lanes * parts_of(order) * words_for(order, ports) * 64;
}

PortTable::Part PortTable::part(std::uint32_t lane, std::uint32_t number) const {
  return {(lane * parts_ + number) * words_per_part_, (ports_ + parts_ - 1 - number) / parts_};
}

std::uint32_t PortTable::port(Slot slot) const {
  const auto bits = words_per_part_ * 64;
  const auto number = slot / bits % parts_;
  return slot % bits * parts_ + number;
}

std::optional<std::uint32_t> PortTable::first_free(Part part, std::uint32_t from,
                                                   std::uint32_t to) const {
  for (auto word = from / 64; word * 64 < to; ++word) {
    auto free = ~words_[part.first_word + word];
    if (word == from / 64) free &= ~std::uint64_t{0} << (from % 64);
    if (free == 0) continue;
    const auto at = word * 64 + static_cast<std::uint32_t>(std::countr_zero(free));
    return at < to ? std::optional(at) : std::nullopt;
  }
  return {};
}

std::optional<PortTable::Found> PortTable::search(Part part, std::uint32_t from,
                                                  std::uint32_t first) const {
  if (free_[part.first_word / words_per_part_] == 0) return {};
  if (const auto at = first_free(part, from, part.size)) return Found{*at, *at - from};
  const auto at = first_free(part, first, from);
  return at ? std::optional(Found{*at, *at - first + part.size - from}) : std::nullopt;
}

std::optional<PortTable::Found> PortTable::search_in_steps(Part part, std::uint32_t from,
                                                           std::uint32_t circle,
                                                           std::uint32_t step) const {
  if (free_[part.first_word / words_per_part_] == 0) return {};
  std::uint32_t at = from;
  for (std::uint32_t distance = 0; distance < circle; ++distance) {
    if ((words_[part.first_word + at / 64] >> (at % 64) & 1) == 0) return Found{at, distance};
    at += step;
    if (at >= part.size) at -= circle;
  }
  return {};
}

// A step that reaches every port of the circle: the first one from a random number on that is
// coprime to `circle`, or 1 (inet_hashtables.c, __inet_hash_connect: scan_step).
std::uint32_t PortTable::random_step(std::uint32_t circle) {
  const auto longest = std::min(circle, step_width_);
  for (auto step = 1 + random_.below(longest); step <= longest; ++step)
    if (std::gcd(step, circle) == 1) return step;
  return 1;
}

Slot PortTable::hold(Part part, std::uint32_t at) {
  words_[part.first_word + at / 64] |= std::uint64_t{1} << (at % 64);
  --free_[part.first_word / words_per_part_];
  return part.first_word * 64 + at;
}

void PortTable::release(Slot slot) {
  words_[slot / 64] &= ~(std::uint64_t{1} << (slot % 64));
  ++free_[slot / 64 / words_per_part_];
}

PortTable::Choice PortTable::choose(std::uint32_t lane) {
  if (!next_.empty()) return choose_by_hash(lane);
  const Part all = part(lane, 0);
  const auto from = order_ == PortOrder::in_order ? (last_ + 1) % ports_ : random_.below(ports_);
  const auto found = search(all, from);
  if (!found) return {{}, ports_};
  last_ = found->at;
  return {hold(all, found->at), found->distance + 1};
}

// inet_hashtables.c, __inet_hash_connect(): by_parity checks the ports of the first parity from an
// even offset on, then the others from the same offset. The next search begins later by the number
// of ports that were checked, or by a random number up to 7 if that is greater, whatever the step.
PortTable::Choice PortTable::choose_by_hash(std::uint32_t lane) {
  std::uint32_t looked_at = 0;
  const auto circle = std::max(looked_through_ / parts_, 1u);
  const bool in_steps = step_width_ > 0 && looked_through_ > 1;
  const auto step = in_steps ? random_step(circle) : 1;
  for (std::uint32_t number = 0; number < parts_; ++number) {
    const Part ports = part(lane, number);
    if (ports.size == 0) break;
    const auto from = next_[lane] / parts_ % circle;
    // An odd number of ports has one more than the circle: the last one is skipped if the search
    // begins at the first, otherwise the first one.
    const bool too_many = looked_through_ < ports_ && number == 0;
    const auto found = in_steps ? search_in_steps(ports, from, circle, step)
                       : too_many
                           ? search({ports.first_word, ports.size - (from == 0)}, from, from != 0)
                           : search(ports, from);
    if (!found) {
      looked_at += circle;
      continue;
    }
    const auto moved = parts_ * (std::max(found->distance, random_.below(8)) + 1);
    next_[lane] = (next_[lane] + moved) % looked_through_;
    return {hold(ports, found->at), looked_at + found->distance + 1};
  }
  return {{}, looked_at};
}

}  // namespace tws::model
