// What the kernel counted for the run's sockets, and the server's connections to others.
#include "report/text_parts.hpp"
#include "support/units.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tws {
namespace {

std::string or_dash(std::optional<double> seconds) {
  return seconds ? format_duration(*seconds) : "-";
}

std::string side_text(std::string_view who, const WaySide& side) {
  if (side.sockets == 0) return {};
  return fmt::format(
      "  {}:\t{} sockets, round trip {} (fastest), {} (median)\n"
      "    retransmitted:\t{} of {} segments\n",
      who, format_count(side.sockets), or_dash(side.min_rtt), or_dash(side.rtt),
      format_count(side.segments_resent), format_count(side.segments_sent));
}

}  // namespace

std::string way_text(const Run& run) {
  std::string text;
  if (run.way) {
    const Way& way = *run.way;
    text += side_text("hammer", way.client) + side_text("server", way.server);
    if (!text.empty())
      text += fmt::format("  {} samples of {} sockets took {}\n", format_count(way.looks),
                          way.all ? "all" : "a part of the", format_duration(way.seconds));
  }
  constexpr std::size_t most_told = 4;
  if (run.upstreams)
    for (std::size_t i = 0; i < std::min(run.upstreams->all.size(), most_told); ++i) {
      const Upstream& one = run.upstreams->all[i];
      text += fmt::format("  upstream:\t{}\n    ports:\t{}", one.address, format_count(one.ports));
      if (run.upstreams->usable_ports)
        text += fmt::format(" of {}", format_count(*run.upstreams->usable_ports));
      text += " of the server's in use at once, at most\n";
    }
  return text.empty() ? text : "Network path (as the kernel counts):\n" + text;
}

}  // namespace tws
