#include "report/progress.hpp"

#include "report/paint.hpp"
#include "report/words.hpp"
#include "support/units.hpp"
#include "tws/measure/facts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace tws {
namespace {

constexpr double interval = std::chrono::duration<double>(sample_interval).count();

struct Now {
  std::optional<double> rate;  // successes per second
  std::optional<double> p99;   // the newest that is known
  std::optional<std::uint64_t> client_ports;
  std::optional<std::uint64_t> time_wait;
};

// `times`: as progress_line() has it.
Now now(const Timeline& timeline, double elapsed, std::uint64_t times) {
  Now now;
  const double width = to_seconds(timeline.width());
  std::uint64_t requests = 0, counted = 0;
  const Sample* with_latency = nullptr;
  for (const Sample& sample : timeline.samples()) {
    if (sample.sockets)
      now.client_ports = times > 1 ? sample.sockets->client.total() : sample.sockets->client_ports;
    if (sample.time_wait) now.time_wait = sample.time_wait;
    if (sample.t <= elapsed - std::max(1.0, width) - interval) continue;
    if (!sample.latency.empty()) with_latency = &sample;
    // Ticks of the last interval are still coming in.
    if (sample.t > elapsed - interval) continue;
    requests += sample.requests;
    ++counted;
  }
  if (with_latency) now.p99 = with_latency->latency.unpack().quantile(0.99);
  now.rate = ratio(static_cast<double>(requests), static_cast<double>(counted) * width);
  return now;
}

std::string gauge(double share, int cells, const TextStyle& style) {
  const long full = std::lround(std::clamp(share, 0.0, 1.0) * cells);
  std::string text;
  for (long i = 0; i < cells; ++i)
    text += i < full ? (style.unicode ? "█" : "#") : (style.unicode ? "░" : ".");
  if (share < 0.8) return text;
  return paint(text, share < 0.98 ? Colour::yellow : Colour::red, style);
}

}  // namespace

std::string progress_line(const Timeline& timeline, const Plan& plan, const Limits& limits,
                          double elapsed, const TextStyle& style, std::uint64_t times) {
  const Now state = now(timeline, elapsed, times);
  const std::string errors = plural(timeline.errors(), "error");
  std::vector<std::string> parts{
      plan.duration ? fmt::format("{:.1f}/{:.1f} s", elapsed, to_seconds(*plan.duration))
                    : fmt::format("{:.1f} s", elapsed),
      fmt::format("{:>7} req/s", state.rate ? format_count(whole(*state.rate)) : "-"),
      timeline.errors() > 0 ? paint(errors, Colour::red, style) : errors,
      fmt::format("p99 {:>7}", state.p99 ? format_duration(*state.p99) : "-")};

  // Ports come first: they are what runs out.
  auto usable = usable_ports(plan, limits);
  if (usable) usable->count *= times;
  std::optional<double> share;
  if (state.client_ports && usable) {
    parts.insert(parts.begin(), fmt::format("ports {}/{}", format_count(*state.client_ports),
                                            format_count(usable->count)));
    share = ratio(static_cast<double>(*state.client_ports), static_cast<double>(usable->count));
  } else if (state.client_ports) {
    parts.insert(parts.begin(), plural(*state.client_ports, "port"));
  } else if (state.time_wait) {
    parts.push_back(format_count(*state.time_wait) + " TIME_WAIT");
  }

  // As many parts as fit, the first ones first, behind a gauge of a few cells, which then takes
  // what is left.
  constexpr int fewest = 4, most = 20, around = 3;  // cells; two brackets and a space
  const int width = std::max(style.width, 0);
  const bool with_gauge = share && width >= around + fewest + visible_columns(parts.front());
  std::string line;
  int used = with_gauge ? around + fewest : 0;
  for (const std::string& part : parts) {
    const int wanted = (line.empty() ? 0 : 2) + visible_columns(part);
    if (used + wanted > width) break;
    line += (line.empty() ? "" : "  ") + part;
    used += wanted;
  }
  if (!with_gauge) return line;
  return "[" + gauge(*share, std::min(fewest + width - used, most), style) + "] " + line;
}

}  // namespace tws
