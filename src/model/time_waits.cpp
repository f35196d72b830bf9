#include "model/time_waits.hpp"

#include <algorithm>

namespace tws::model {

TimeWaits::TimeWaits(const SystemRules& rules, std::uint64_t ids, bool reuse, Random& random)
    : rules_(rules),
      reuse_(reuse),
      random_(random),
      marks_(ids),
      closed_at_(rules.syn.lead > Time::zero() ? ids : 0) {
  if (rules.delay_by_seconds) second_began_ = Time(static_cast<Time::rep>(random.share() * 1e9));
}

bool TimeWaits::add(std::uint32_t id, Time now) {
  if (count_ >= rules_.max_time_wait) return false;
  drop_what_was_taken_over();
  if (++last_mark_ == 0) ++last_mark_;
  entries_.push_back({now, id, last_mark_});
  marks_[id] = last_mark_;
  if (!closed_at_.empty()) closed_at_[id] = now;
  ++count_;
  if (rules_.pass_latest > Time::zero())
    next_pass_ = std::min(next_pass_, now + rules_.pass_latest);
  return true;
}

void TimeWaits::take_over(std::uint32_t id) {
  marks_[id] = 0;
  --count_;
}

// Linux before 6.14 compared whole seconds (tcp_twsk_unique(): ktime_get_seconds()).
Time TimeWaits::free_at(Time closed) const {
  if (rules_.delay_by_seconds)
    return std::chrono::floor<std::chrono::seconds>(closed + second_began_) + rules_.reuse_delay -
           second_began_;
  return closed + rules_.reuse_delay;
}

void TimeWaits::note_close(Time now) {
  if (rules_.pass_latest == Time::zero()) return;
  ++closed_since_pass_;
  next_pass_ = std::min(next_pass_, now + rules_.pass_soonest);
}

// xnu, in_pcb.c, inpcb_timeout(): the next pass comes soon after more than 5 requests for one; each
// closed socket makes two. Otherwise the system chooses the time, as long as any TIME_WAITs are
// left.
void TimeWaits::plan_next_pass(std::size_t cleaned) {
  const bool soon = closed_since_pass_ + cleaned >= 3;
  closed_since_pass_ = 0;
  if (soon) {
    next_pass_ += rules_.pass_soonest;
  } else if (count_ > 0) {
    const auto leeway = static_cast<double>((rules_.pass_latest - rules_.pass_soonest).count());
    next_pass_ += rules_.pass_soonest + Time(static_cast<Time::rep>(random_.share() * leeway));
  } else {
    next_pass_ = Time::max();
  }
}

// Keeps the number of entries proportional to the TIME_WAITs held, not to the connections made.
void TimeWaits::drop_what_was_taken_over() {
  constexpr std::size_t few = 4096;
  if (entries_.size() < 2 * count_ + few) return;
  const auto end = entries_.begin() + static_cast<std::ptrdiff_t>(freed_);
  const auto kept = std::remove_if(entries_.begin(), end,
                                   [this](const Entry& entry) { return !is_current(entry); });
  freed_ = static_cast<std::size_t>(kept - entries_.begin());
  entries_.erase(kept, end);
  // Without early freeing, entries taken over by a SYN can be anywhere in the queue.
  if (reuse_) return;
  std::erase_if(entries_, [this](const Entry& entry) { return !is_current(entry); });
}

}  // namespace tws::model
