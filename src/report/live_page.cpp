#include "report/live_page.hpp"

#include "report/metrics_text.hpp"
#include "support/units.hpp"
#include "tws/measure/facts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ranges>

namespace tws {

LiveRun live_run(const Timeline& timeline, const Run& run, std::chrono::nanoseconds elapsed) {
  LiveRun live{to_seconds(elapsed), timeline.attempts(), timeline.connected(), timeline.requests(),
               timeline.errors(),   timeline.latency(),  run.sockets_before,   {}};
  for (const Sample& sample : timeline.samples() | std::views::reverse) {
    if (!sample.sockets) continue;
    live.sockets = sample.sockets;
    break;
  }
  if (const auto usable = usable_ports(run.plan, run.limits)) live.usable_ports = usable->count;
  return live;
}

Page live_page(const LiveRun& run) {
  // Seconds.
  constexpr std::array<double, 17> edges{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005,
                                         0.01,   0.025,   0.05,   0.1,   0.25,   0.5,
                                         1.0,    2.5,     5.0,    10.0,  30.0};
  MetricsText text("hammer");
  text.family("build", "info", "The program.");
  text.sample(1, fmt::format(R"({{version="{}"}})", TWS_VERSION));
  text.gauge("elapsed_seconds", run.elapsed, "Since the start of the run.", "seconds");
  text.counter("requests", run.requests, "Successes: responses with a status that --ok names.");
  text.counter("errors", run.errors,
               "Failed attempts, failed requests and responses with another status.");
  text.counter("attempts", run.attempts, "Attempts to connect that ended.");
  text.counter("connections", run.connected, "Those of them that connected.");
  text.family("latency_seconds", "histogram", "Of successes.", "seconds");
  for (const double edge : edges)
    text.sample("_bucket", run.latency.count_up_to(edge), fmt::format(R"({{le="{}"}})", edge));
  text.sample("_bucket", run.latency.count(), R"({le="+Inf"})");
  text.sample("_sum", run.latency.mean().value_or(0) * static_cast<double>(run.latency.count()),
              "");
  text.sample("_count", run.latency.count(), "");
  if (run.sockets) {
    text.sockets(*run.sockets, "TCP sockets of the targets; the client's side is hammer's.");
    text.gauge("client_ports_used", run.sockets->client_ports,
               "Distinct source ports towards the targets, in any state.");
  }
  if (run.usable_ports)
    text.gauge("client_ports_usable", *run.usable_ports, "Ports that connect() chooses from.");
  return {open_metrics_type, std::move(text).end()};
}

}  // namespace tws
