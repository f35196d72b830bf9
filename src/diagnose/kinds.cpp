#include "diagnose/kinds.hpp"

#include "diagnose/findings.hpp"

#include <algorithm>
#include <cassert>

namespace tws::diagnosis {
namespace {

// By Severity: limit, warning, note.
constexpr std::array limits{true, false, false};
constexpr std::array limits_or_warns{true, true, false};
constexpr std::array warns{false, true, false};
constexpr std::array warns_or_notes{false, true, true};
constexpr std::array notes{false, false, true};

constexpr Limit never{};

constexpr std::array all{
    Kind{"unreachable",
         unreachable,
         limits,
         {"nothing could connect to the server", false, false, true}},
    Kind{"no-address",
         no_address,
         limits,
         {"a local address or port that this machine lacks", false, false}},
    Kind{"wrong-protocol",
         wrong_protocol,
         limits,
         {"it is no HTTP/1.1", false, false, true},
         answers_with_mistakes,
         {"the answers leave open where they end", false, false, true}},
    Kind{"ephemeral-ports",
         ephemeral_ports,
         limits_or_warns,
         {"the client's source ports", false, true}},
    Kind{"time-wait-reuse",
         time_wait_reuse,
         limits_or_warns,
         {"the time until a source port comes back", false, true}},
    Kind{"time-wait-collision",
         time_wait_collision,
         limits,
         {"SYNs that the server's TIME_WAIT ignores", false, false}},
    Kind{"open-files",
         open_files,
         limits_or_warns,
         {"the server's file descriptors"},
         hammer_lacks_files,
         {"hammer's file descriptors", false, true}},
    Kind{"port-search", port_search, limits, {"the search for a free source port", false, false}},
    Kind{"conntrack",
         conntrack,
         limits_or_warns,
         {"the firewall's table of connections", false, false}},
    Kind{"listen-queue",
         listen_queue,
         limits_or_warns,
         {"the server's accept queue"},
         syns_were_lost,
         {"SYNs that got no answer", false, false}},  // nobody knows where
    Kind{"upstream-ports",
         upstream_ports,
         limits_or_warns,
         {"the proxy's own source ports", false, true, true}},
    Kind{"server-gone",
         server_gone,
         limits,
         {"a server that no longer answered", false, true, true}},
    Kind{"failures", failures, limits_or_warns, {"failures", false, true, true}},
    Kind{"refusals", refusals, limits_or_warns, {"refusals", false, true, true}},
    Kind{"starved",
         starved,
         limits_or_warns,
         {"connections that were not served", false, true, true}},
    Kind{"time-wait-overflow", time_wait_overflow, warns_or_notes, never},
    Kind{"server-keeps-open",
         server_keeps_open,
         limits,
         {"connections that the server does not close", false, true, true}},
    Kind{"client-quota", client_quota, limits, {"hammer's own CPU quota", false, false}},
    Kind{"rate", rate, limits_or_warns, {"the rate that was asked for", false, true}},
    Kind{"client-cpu", client_cpu, limits_or_warns, {"the client's CPU", false, false}},
    Kind{"machine-cpu",
         machine_cpu,
         limits_or_warns,
         {"the CPU of hammer's machine", false, false},
         others_fill_the_machine,
         {"other programs on hammer's machine", false, false}},
    Kind{"server-quota", server_quota, limits, {"the server's CPU quota"}},
    Kind{"server-cpu", server_cpu, limits, {"the server's CPU"}},
    Kind{"stall", stall, limits_or_warns, {"a pause in which nobody was answered"}},
    Kind{"bandwidth",
         bandwidth,
         limits,
         {"bytes per second on the way", false, false},
         server_reads_slowly,
         {"a server that reads its requests slowly"}},
    Kind{"packet-loss",
         packet_loss,
         limits_or_warns,
         {"packets that are lost on the way", false, false}},
    Kind{"network-latency", network_latency, limits, {"the network's round trip", false, false}},
    Kind{"tls-handshake", tls_handshake, limits, {"handshakes of TLS"}},
    Kind{"server-sequential",
         server_sequential,
         limits,
         {"requests that are answered one after another"}},
    Kind{"fixed-concurrency", fixed_concurrency, limits, {"requests that stand in line"}},
    Kind{"slow-body", slow_body, limits, {"the time between a response's first byte and its last"}},
    Kind{"server-latency", server_latency, limits, {"the server's response time"}},
    Kind{"connections-not-kept", connections_not_kept, warns, never},
    Kind{"drift", drift, warns, never},
    Kind{"unequal-latency", unequal_latency, warns, never},
    Kind{"none", harmless_time_wait, notes, {"nothing that was found"}},
};

}  // namespace

std::span<const Kind> kinds() {
  return all;
}

Limit limit_of(const Facts& f, std::string_view id) {
  const auto kind = std::ranges::find(all, id, &Kind::id);
  assert(kind != all.end());
  return kind->is_other && kind->is_other(f) ? kind->other : kind->limit;
}

}  // namespace tws::diagnosis

namespace tws {

std::vector<std::string_view> finding_ids() {
  std::vector<std::string_view> ids;
  for (const auto& kind : diagnosis::kinds()) ids.push_back(kind.id);
  return ids;
}

std::vector<std::string_view> verdict_ids() {
  std::vector<std::string_view> ids;
  for (const auto& kind : diagnosis::kinds())
    if (kind.can_be(Severity::limit)) ids.push_back(kind.id);
  ids.emplace_back("none");
  return ids;
}

}  // namespace tws
