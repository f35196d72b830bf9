// What handshakes of TLS have to do with a CPU that is busy.
#include "diagnose/machines.hpp"
#include "support/units.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tws::diagnosis {

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
  const std::uint64_t connections = f.run.plan.connections;
  if (f.run.plan.requests_per_connection)
    finding.remedies.push_back(
        {f.run.plan.keep_alive() ? "more requests per connection (--requests-per-connection)"
                                 : "keep connections: leave out --disable-keepalive",
         fmt::format("{} handshakes instead of {}, if the server keeps them",
                     format_count(std::min(connections, all)), format_count(all))});
  if (f.run.plan.tls.resume < 1 && full > connections)
    finding.remedies.push_back(
        {"resume sessions: --tls-resume on",
         fmt::format("{} of {} handshakes need no certificate and no signature, if the server "
                     "resumes them",
                     format_count(full - connections), format_count(full))});
}

}  // namespace tws::diagnosis
