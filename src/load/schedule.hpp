// The next request of a worker: how many are left, and with a rate when each is due.
#pragma once

#include "measure/ledger.hpp"
#include "measure/pacer.hpp"

#include <cstdint>
#include <optional>

namespace tws::load {

class Schedule {
 public:
  Schedule(std::uint64_t requests, std::optional<Pacer> pacer)
      : remaining_(requests), pacer_(pacer) {}

  // When the next one is due; without a rate, the run's start. Nothing if none is left.
  std::optional<Moment> take(Moment start) {
    if (remaining_ == 0) return {};
    --remaining_;
    return pacer_ ? start + pacer_->due(taken_++) : start;
  }

  // At the end of the run: counts the due requests that no connection took.
  void finish(Books& books, Moment now) const {
    if (pacer_) books.count_untaken(*pacer_, taken_, remaining_, now);
  }

 private:
  std::uint64_t remaining_;
  std::uint64_t taken_ = 0;  // only with a rate
  std::optional<Pacer> pacer_;
};

}  // namespace tws::load
