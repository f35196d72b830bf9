#include "cli/admin_pages.hpp"

#include "report/server_pages.hpp"
#include "support/units.hpp"
#include "system/server_view.hpp"

#include <unistd.h>

namespace tws {
namespace {

ServerView view_of(const Server& server, const Limits& limits, Clock::time_point start) {
  ServerView view;
  view.version = TWS_VERSION;
  view.pid = ::getpid();
  view.uptime = to_seconds(Clock::now() - start);
  view.boot = boot_id();
  view.network = network_id();
  if (const auto census = take_census({server.addresses()})) view.sockets = *census;
  view.process = read_process(view.pid);
  view.machine_cpu_seconds = machine_cpu_seconds();
  view.machine_cpus = machine_cpus();
  view.counters = read_counters();
  view.limits = limits;
  return view;
}

}  // namespace

AdminPages admin_pages(const Server& server) {
  // Read once, because the backlog of a listener is fixed when it begins to listen.
  const auto view = [&server, limits = read_limits(), start = Clock::now()] {
    return view_of(server, limits, start);
  };
  return {[&server, view] { return metrics_page(server.totals(), view()); },
          [&server, view] { return census_page(server.totals(), view(), server.addresses()); }};
}

}  // namespace tws
