// What handshakes of TLS cost: CPU, or time though nobody's CPU is busy.
#include "diagnose/machines.hpp"
#include "support/units.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tws::diagnosis {

namespace {

void add_handshake_remedies(const Facts& f, Finding& finding) {
  const auto full = f.run.tally.handshakes_full, all = full + f.run.tally.handshakes_resumed;
  const std::uint64_t connections = f.run.plan.connections;
  if (f.run.plan.requests_per_connection && all > connections)
    finding.remedies.push_back({f.run.plan.keep_alive()
                                    ? "more requests per connection (--requests-per-connection)"
                                    : "keep connections: leave out --disable-keepalive",
                                fmt::format("{} handshakes instead of {}, if the server keeps them",
                                            format_count(connections), format_count(all))});
  if (f.run.plan.tls.resume < 1 && full > connections)
    finding.remedies.push_back(
        {"resume sessions: --tls-resume on",
         fmt::format("{} of {} handshakes need no certificate and no signature, if the server "
                     "resumes them",
                     format_count(full - connections), format_count(full))});
}

}  // namespace

std::optional<Finding> tls_handshake(const Facts& f) {
  constexpr double most_of_it = 0.5;  // of the connections' time
  const Tally& tally = f.run.tally;
  const double share = f.share_in(Phase::handshake);
  if (share < most_of_it || f.failures > 0 || !both_are_idle(f)) return {};
  Finding finding;
  finding.severity = Severity::limit;
  finding.certainty = Certainty::measured;
  const auto each = tally.handshake.mean();
  finding.headline = fmt::format(
      "Handshakes of TLS take {} of the connections' time: {}.", percent(share),
      each ? fmt::format("one takes {}", format_duration(*each)) : "none was complete at the end");
  finding.why = fmt::format(
      "Neither hammer's CPU nor, as far as it is seen, the server's is busy, so the time passes in "
      "what the server waits for, such as a key on another machine, {}or in the line before it.",
      f.on_loopback ? "" : "on the way, ");
  finding.evidence.push_back(
      {"connection-seconds spent in handshakes", percent(share), "phase handshake"});
  finding.evidence.push_back({"handshakes, full and resumed",
                              fmt::format("{}, {}", format_count(tally.handshakes_full),
                                          format_count(tally.handshakes_resumed)),
                              "hammer"});
  add_client_evidence(f, finding.evidence);
  add_server_evidence(f, finding.evidence);
  add_handshake_remedies(f, finding);
  return finding;
}

void add_handshakes(const Facts& f, Finding& finding) {
  constexpr double much = 0.2;  // of the connections' time
  const Tally& tally = f.run.tally;
  const auto full = tally.handshakes_full, all = full + tally.handshakes_resumed;
  const double share = f.share_in(Phase::handshake);
  if (all == 0 || share < much) return;
  const auto rate = rounded(static_cast<double>(all) / f.seconds);
  finding.why += fmt::format(" Much of the work is handshakes of TLS: {} per second.", rate);
  finding.evidence.push_back(
      {"handshakes of TLS",
       fmt::format("{} full and {} resumed, {} of the connections' time", format_count(full),
                   format_count(tally.handshakes_resumed), percent(share)),
       "phase handshake"});
  add_handshake_remedies(f, finding);
}

}  // namespace tws::diagnosis
