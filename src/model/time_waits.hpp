// The TIME_WAIT sockets of one side: how long each stays, and when its port (or pair) is free
// again.
#pragma once

#include "model/random.hpp"
#include "tws/model/systems.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace tws::model {

using Time = std::chrono::nanoseconds;  // since the start

class TimeWaits {
 public:
  // For ids from 0 to ids - 1. `reuse`: a new connection may take over a TIME_WAIT that is old
  // enough.
  TimeWaits(const SystemRules& rules, std::uint64_t ids, bool reuse, Random& random);

  // False: the table is full, and the connection is closed without TIME_WAIT.
  bool add(std::uint32_t id, Time now);

  // Handles all events until `now`: calls `freed(id)` once for each id that may be taken over or
  // has ended, and `gone(id)` for each that has ended.
  template <typename Freed, typename Gone>
  void advance(Time now, Freed freed, Gone gone);

  // A socket was closed without TIME_WAIT: on systems that remove TIME_WAITs in passes, the next
  // pass then comes sooner.
  void note_close(Time now);

  bool contains(std::uint32_t id) const { return marks_[id] != 0; }
  // Whether this TIME_WAIT began at least rules.syn.lead ago, so that a new sequence number is
  // beyond the old window.
  bool is_passed(std::uint32_t id, Time now) const {
    return closed_at_.empty() || now - closed_at_[id] >= rules_.syn.lead;
  }
  void take_over(std::uint32_t id);
  std::uint64_t count() const { return count_; }

 private:
  struct Entry {
    Time closed;
    std::uint32_t id, mark;
  };
  bool is_current(const Entry& entry) const { return marks_[entry.id] == entry.mark; }
  Time free_at(Time closed) const;
  // Removes all that have expired and returns their number.
  template <typename Freed, typename Gone>
  std::size_t clean_up(Time at, Freed freed, Gone gone);
  void plan_next_pass(std::size_t cleaned);
  void drop_what_was_taken_over();

  const SystemRules& rules_;
  bool reuse_;
  Random& random_;
  std::deque<Entry> entries_;         // oldest first
  std::size_t freed_ = 0;             // how many at the front may be taken over
  std::vector<std::uint32_t> marks_;  // by id, the mark of its entry; 0: no entry
  std::vector<Time> closed_at_;       // by id; only if the SYN rules have a lead
  std::uint32_t last_mark_ = 0;
  std::uint64_t count_ = 0;
  Time next_pass_ = Time::max();  // on systems that clean up in passes
  std::uint64_t closed_since_pass_ = 0;
  Time second_began_{};  // from a full second of the clock to the start
};

template <typename Freed, typename Gone>
void TimeWaits::advance(Time now, Freed freed, Gone gone) {
  if (reuse_)
    for (; freed_ < entries_.size() && free_at(entries_[freed_].closed) <= now; ++freed_)
      if (is_current(entries_[freed_])) freed(entries_[freed_].id);
  if (rules_.pass_latest == Time::zero()) {
    clean_up(now, freed, gone);
    return;
  }
  while (next_pass_ <= now) plan_next_pass(clean_up(next_pass_, freed, gone));
}

template <typename Freed, typename Gone>
std::size_t TimeWaits::clean_up(Time at, Freed freed, Gone gone) {
  std::size_t cleaned = 0;
  while (!entries_.empty() && entries_.front().closed + rules_.time_wait <= at) {
    const Entry entry = entries_.front();
    entries_.pop_front();
    const bool was_freed = freed_ > 0;
    if (was_freed) --freed_;
    if (!is_current(entry)) continue;
    marks_[entry.id] = 0;
    --count_;
    ++cleaned;
    if (!was_freed) freed(entry.id);
    gone(entry.id);
  }
  return cleaned;
}

}  // namespace tws::model
