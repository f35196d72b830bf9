#include "load/socket_watch.hpp"
#include "support/units.hpp"
#include "tws/load/engine.hpp"
#include "tws/support/errors.hpp"

#include <fmt/format.h>

#include <thread>

namespace tws::load {
namespace {

constexpr std::chrono::milliseconds interval{200};

}  // namespace

void wait_for_drain(const Prepared& prepared, const OnDrain& on_drain) {
  const auto& wanted = prepared.run.plan.wait_drain;
  if (!wanted) return;
  const auto patience = *wanted;
  const auto filter = census_filter(prepared);
  const auto end = Clock::now() + patience;
  for (;;) {
    const auto census = take_census(filter);
    if (!census)
      throw RunError("--wait-drain: the sockets can't be read: " +
                     errno_text(census.error().value()));
    const auto held = census->client[TcpState::TimeWait];
    if (held == 0) return;
    if (Clock::now() >= end)
      throw RunError(fmt::format("--wait-drain: after {} there are still {} ports in TIME_WAIT",
                                 format_duration(to_seconds(patience)), format_count(held)));
    on_drain(held, end - Clock::now());
    std::this_thread::sleep_for(interval);
  }
}

}  // namespace tws::load
