// Behind the server: what it connects to itself.
#include "diagnose/findings.hpp"
#include "support/units.hpp"

#include <fmt/format.h>

namespace tws::diagnosis {
namespace {

constexpr double nearly_all = 0.9;          // of the ports: some are being connected or closed
constexpr double share_that_limits = 0.01;  // of what was asked

// Answers with which a proxy says that it did not reach what is behind it, and requests that
// failed.
double share_not_answered(const Facts& f) {
  std::uint64_t count = f.failures;
  for (const std::size_t status : {500u, 502u, 503u, 504u})
    count += f.run.tally.responses_by_status[status];
  return ratio(static_cast<double>(count),
               static_cast<double>(f.run.tally.responses() + f.failures))
      .value_or(0);
}

}  // namespace

std::optional<Finding> upstream_ports(const Facts& f) {
  const auto& seen = f.run.upstreams;
  if (!seen || seen->all.empty() || seen->usable_ports.value_or(0) == 0 || !seen->range) return {};
  const Upstream& most = seen->all.front();
  const auto usable = *seen->usable_ports;
  if (static_cast<double>(most.ports) < nearly_all * static_cast<double>(usable)) return {};
  const double share = share_not_answered(f);
  Finding finding;
  finding.severity = share > share_that_limits ? Severity::limit : Severity::warning;
  finding.certainty = Certainty::concluded;
  finding.headline = fmt::format(
      "The server is a proxy, and its own source ports towards {} were used up: {} of {} were in "
      "use at the same time.",
      most.address, format_count(most.ports), format_count(usable));
  const bool waits = 2 * most.time_wait > most.ports;
  finding.why = fmt::format(
      "{} Without a port left its connect() fails with EADDRNOTAVAIL{}",
      waits ? "It opens a connection to its upstream for each request and closes it first, so each "
              "port stays in TIME_WAIT on its side."
            : "It has as many connections to its upstream at the same time.",
      finding.severity == Severity::limit
          ? ", and it answers with an error instead of the upstream's answer."
          : ". Nearly all requests were answered all the same.");
  finding.evidence.push_back(
      {"ports in use towards it",
       fmt::format("{} of {}-{}", format_count(most.ports), seen->range->low, seen->range->high),
       "NETLINK_SOCK_DIAG"});
  finding.evidence.push_back(
      {"of these in TIME_WAIT, in SYN_SENT",
       fmt::format("{}, {}", format_count(most.time_wait), format_count(most.syn_sent)),
       "NETLINK_SOCK_DIAG"});
  finding.evidence.push_back({"failed, or answered with 500, 502, 503 or 504",
                              fmt::format("{:.1f}%", share * 100), "hammer"});
  if (waits)
    finding.remedies.push_back(
        {"keep connections to the upstream: nginx 'keepalive 64' in its upstream block, with "
         "proxy_http_version 1.1 and proxy_set_header Connection \"\"; haproxy 'http-reuse always'",
         "no ceiling, if the upstream keeps them, too"});
  if (waits && seen->reuse != TimeWaitReuse::On)
    finding.remedies.push_back({"sysctl net.ipv4.tcp_tw_reuse=1 where the proxy runs (root)",
                                "a port is free again after about 1 s"});
  finding.remedies.push_back(
      {"sysctl net.ipv4.ip_local_port_range='1024 65535' where the proxy runs (root)",
       fmt::format("up to 64,512 ports instead of {}", format_count(usable))});
  finding.remedies.push_back(
      {"more source addresses (nginx: proxy_bind; haproxy: source), or more "
       "addresses of the upstream",
       "each has ports of its own"});
  return finding;
}

}  // namespace tws::diagnosis
