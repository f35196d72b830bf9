// The part of the report that nobody else prints: connections, time, sockets and ports.
#include "report/paint.hpp"
#include "report/socket_table.hpp"
#include "report/summary.hpp"
#include "report/text_parts.hpp"
#include "report/words.hpp"
#include "support/units.hpp"
#include "tws/model/budget.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace tws {
namespace {

// Of hammer's own standing still. Less than that is how a busy machine is.
constexpr std::chrono::milliseconds worth_telling{500};

std::string kept_for(const Plan& plan) {
  if (!plan.requests_per_connection) return "kept for as many requests as the server allows";
  const auto requests = *plan.requests_per_connection;
  const auto ends = plan.close_by == CloseBy::reset
                        ? std::string("ended by a reset")
                        : fmt::format("closed by the {}", name(plan.close_by));
  return fmt::format("{} each, {}", plural(requests, "request"), ends);
}

// How many connections hammer closed since the run was over; empty where none. Where bytes of a
// response were unread by then, the kernel sent a reset.
std::string closed_at_the_end(const Run& run) {
  const Tally& tally = run.tally;
  const auto by_hammer = tally.closed_by_client + tally.closed_by_reset;
  // Nothing but the end makes hammer close a connection that it keeps and that did not fail.
  const bool exact = !run.plan.requests_per_connection && run.plan.close_by == CloseBy::server &&
                     tally.requests_failed.empty() && tally.stale_reuses == 0 &&
                     tally.server_kept_open == 0;
  // Else those with a request under way; some of them the server may have been about to close.
  const auto count = exact ? by_hammer : std::min(in_flight(tally).requests(), by_hammer);
  if (count == 0) return {};
  return fmt::format("; {}{} of these at the end", exact ? "" : "up to ", format_count(count));
}

std::string port_line(const Run& run) {
  // With each source address, and for each target, the ports are there once more.
  const Demand demand = demand_of(run);
  const auto all = budget(demand).tuples;
  std::optional<std::uint64_t> held;
  if (run.sockets_after)
    held = all > 0 ? tuples_held(demand, *run.sockets_after) : run.sockets_after->client_ports;
  std::string text = "  Client ports in use: ";
  text += held ? format_count(*held) : "-";
  if (const auto usable = usable_ports(run.plan, run.limits)) {
    const auto times = usable->count > 0 ? all / usable->count : 1;
    text += fmt::format(" of {} ({}-{}{})", format_count(times > 1 ? all : usable->count),
                        usable->range.low, usable->range.high,
                        times > 1 ? fmt::format(", {} times", format_count(times)) : "");
    if (const auto share =
            held ? ratio(static_cast<double>(*held), static_cast<double>(all)) : std::nullopt)
      text += fmt::format(", {}", format_percent(*share));
  }
  if (const auto peak = most_tuples_held(run, demand); peak && (!held || *peak > *held))
    text += fmt::format("; at most {}", format_count(*peak));
  return text + '\n';
}

struct CounterWords {
  std::string_view name, words;
};
// Those that say something about connections: openings, TIME_WAIT, resets, listen queues,
// retransmissions.
constexpr std::array<CounterWords, 19> told_counters{{
    {"Tcp.ActiveOpens", "connections begun by a client"},
    {"Tcp.PassiveOpens", "connections accepted by a server"},
    {"Tcp.AttemptFails", "connections that failed to open"},
    {"TcpExt.TW", "sockets that went into TIME_WAIT"},
    {"TcpExt.TWRecycled", "TIME_WAIT sockets replaced by a new connection"},
    {"TcpExt.TCPTimeWaitOverflow", "sockets that found the TIME_WAIT table full"},
    {"TcpExt.PAWSActive", "answers to a SYN with an old timestamp"},
    {"TcpExt.PAWSTimewait", "segments with an old timestamp in TIME_WAIT"},
    {"Tcp.EstabResets", "connections reset"},
    {"Tcp.OutRsts", "resets sent"},
    {"TcpExt.TCPAbortOnData", "connections reset: SO_LINGER 0, or data after a close"},
    {"TcpExt.TCPAbortOnClose", "connections closed with data unread"},
    {"TcpExt.ListenOverflows", "dropped: the accept queue was full"},
    {"TcpExt.ListenDrops", "SYNs dropped by a listener"},
    {"TcpExt.TCPReqQFullDrop", "SYNs that found the SYN queue full"},
    {"TcpExt.TCPReqQFullDoCookies", "SYN cookies sent since the SYN queue was full"},
    {"Tcp.RetransSegs", "segments sent again"},
    {"TcpExt.TCPSynRetrans", "SYNs sent again"},
    {"TcpExt.TCPTimeouts", "retransmission timers that ran out"},
}};

}  // namespace

std::string connections_text(const Run& run, const TextStyle& style) {
  const Tally& tally = run.tally;
  std::string text = "Connections:\n";
  const auto& profile = run.plan.profile;
  const bool changes = profile.varied == Varied::connections && !profile.stages.empty();
  text += fmt::format("  asked:\t{}{}, {}\n", changes ? "up to " : "",
                      format_count(run.plan.connections), kept_for(run.plan));
  text += fmt::format("  opened:\t{} in {}; at most {} open at once\n",
                      format_count(tally.attempts_connected),
                      plural(tally.attempts_started, "attempt"), format_count(tally.peak_open));
  for (const auto& [kind, failure] : tally.attempts_failed)
    text += "  failed:\t" +
            paint(fmt::format("{} {} since {}", format_count(failure.count), cause_name(kind),
                              format_duration(to_seconds(failure.first))),
                  Colour::red, style) +
            '\n';
  const auto closed = tally.closed_by_client + tally.closed_by_server + tally.closed_by_reset;
  text += fmt::format("  closed by:\tclient {}, server {}, reset {}",
                      format_count(tally.closed_by_client), format_count(tally.closed_by_server),
                      format_count(tally.closed_by_reset));
  if (tally.attempts_connected > closed)
    text += fmt::format("; {} open at the end", format_count(tally.attempts_connected - closed));
  else
    text += closed_at_the_end(run);
  text += '\n';
  if (run.plan.ports == PortChoice::rotate)
    text +=
        tally.own_ports_given_up
            ? "  ports:\tthe kernel's choice, as a target has no TCP time stamps (--ports rotate)\n"
            : "  ports:\thammer's own, in turn\n";
  if (tally.server_kept_open > 0)
    text += fmt::format("  overdue:\t{} the server was asked to close and had not after a second\n",
                        format_count(tally.server_kept_open));
  if (tally.ended_by_stray_bytes > 0)
    text +=
        fmt::format("  stray bytes:\t{} ended by hammer: bytes came that no request asked for\n",
                    format_count(tally.ended_by_stray_bytes));
  if (tally.redirects_followed + tally.redirects_left > 0)
    text += fmt::format("  redirects:\t{} followed, {} not: to another host, or one too many\n",
                        format_count(tally.redirects_followed), format_count(tally.redirects_left));
  if (tally.stale_reuses > 0)
    text += fmt::format("  sent again:\t{}, as the connection had just ended\n",
                        plural(tally.stale_reuses, "request"));
  return text;
}

std::string in_flight_text(const Run& run) {
  const auto summary = in_flight(run.tally);
  if (summary.count == 0) return {};
  std::vector<std::string> phases;
  for (std::size_t i = 0; i < phase_names.size(); ++i)
    if (summary.by_phase[i] > 0)
      phases.push_back(fmt::format("{} {}", phase_names[i], format_count(summary.by_phase[i])));
  return fmt::format(
      "In flight at {}:\n  count:\t{}\n  oldest:\t{}\n  mean age:\t{}\n  by "
      "phase:\t{}\n",
      end_of_run(run), plural(summary.count, "connection"), format_duration(*summary.oldest),
      format_duration(*summary.mean), fmt::join(phases, ", "));
}

std::string time_text(const Run& run, const TextStyle& style) {
  const double all = connection_seconds(run.plan, run.seconds);
  double accounted = 0;
  for (const auto time : run.tally.time_in_phase) accounted += to_seconds(time);
  const auto part = ratio(accounted, all);
  if (!part) return "Time:\n  -\n";
  std::string text =
      fmt::format("Time: {} x {} = {}, {:.2f}% of it accounted for\n",
                  plural(whole(run.seconds > 0 ? all / run.seconds : 0), "connection"),
                  format_duration(run.seconds), format_duration(all), *part * 100);
  for (std::size_t i = 0; i < phase_names.size(); ++i) {
    const double share = to_seconds(run.tally.time_in_phase[i]) / all;
    if ((i == index(Phase::idle) || i == index(Phase::handshake)) && share == 0) continue;
    text += fmt::format("  {:<9}{:>7} |{}\n", phase_names[i], format_percent(share),
                        bar(share, std::clamp(style.width - 20, 8, 32), style));
  }
  if (run.tally.longest_standstill >= worth_telling)
    text +=
        paint(fmt::format("  hammer itself stood still for up to {} (stopped, without a CPU, or in "
                          "connect()), and these times have that in them",
                          format_duration(to_seconds(run.tally.longest_standstill))),
              Colour::yellow, style) +
        '\n';
  return text;
}

std::string cpu_text(const Run& run) {
  const auto row = [](std::string_view who, double busy, double busiest) {
    return fmt::format("  {:<24}{:>6.2f} cores, its busiest thread {:.0f}% of one\n", who, busy,
                       busiest * 100);
  };
  std::string text = "CPU:\n";
  text += row("hammer", run.cpu.busy, run.cpu.busiest_thread);
  auto servers = run.cpu.servers;
  std::ranges::stable_sort(servers, std::ranges::greater{}, &ProcessCpu::busy);
  constexpr std::size_t most_rows = 8;
  double all = 0;
  for (std::size_t i = 0; i < servers.size(); ++i) {
    const ProcessCpu& server = servers[i];
    all += server.busy;
    if (i < most_rows)
      text += row(run.simulated ? server.name : fmt::format("{} (pid {})", server.name, server.pid),
                  server.busy, server.busiest_thread);
  }
  if (servers.size() > 1)
    text += fmt::format("  {:<24}{:>6.2f} cores, {}\n", "the server in all", all,
                        plural(servers.size(), "process", "es"));
  if (run.cpu.servers.empty())
    text += fmt::format("  {:<24}unknown: not on this machine, or not readable\n", "server");
  if (run.cpu.machine_busy)
    text += fmt::format("  {:<24}{:>6.2f} cores of {}\n", "everything here", *run.cpu.machine_busy,
                        run.cpu.machine_cores);
  if (const auto& side = run.server_side; side && side->machine_busy && !side->on_this_machine)
    text += fmt::format("  {:<24}{:>6.2f} cores of {}\n", "everything there", *side->machine_busy,
                        side->machine_cores);
  return text;
}

// What was tried after the run, beside what each of two explanations predicts.
// Where the server's side of the report comes from, and how far it can be relied on.
std::string server_side_text(const Run& run, const TextStyle& style) {
  if (!run.server_side) return {};
  const ServerSide& side = *run.server_side;
  std::string text = fmt::format(
      "Server's side:\n  told by:\ttws-server {} on {} (--server-admin), {}\n", side.version,
      side.on_this_machine ? "this machine" : "another machine", plural(side.answers, "time"));
  if (side.failures > 0)
    text += "  failed:\t" +
            paint(fmt::format("{} since {}, {}; so this is as of {}", format_count(side.failures),
                              format_duration(side.failed_since), side.failure,
                              format_duration(side.last_answer)),
                  Colour::yellow, style) +
            '\n';
  return text;
}

std::string sockets_text(const Run& run) {
  if (!run.plan.unix_socket.empty())
    return "Sockets:\n  not counted: a Unix socket has neither a port nor a TIME_WAIT\n";
  if (!run.sockets_before && !run.sockets_after)
    return "Sockets:\n  not counted: no census was taken\n" + port_line(run);
  std::vector<SocketColumn> columns;
  for (const auto side : {&Census::client, &Census::server}) {
    const std::string_view words = side == &Census::client ? "client" : "server";
    if (run.sockets_before) columns.push_back({words, "start", (*run.sockets_before).*side});
    if (run.sockets_after) columns.push_back({words, "end", (*run.sockets_after).*side});
  }
  const Census& last = run.sockets_after ? *run.sockets_after : *run.sockets_before;
  const auto text = "Sockets towards the target:\n" + socket_table(columns) + port_line(run);
  if (run.simulated) return text;
  return text + fmt::format("  {} by {} took {} in all\n", plural(run.censuses, "census", "es"),
                            name(last.source), format_duration(run.census_seconds));
}

namespace {

std::string counters_table(const Counters& counters, std::string_view head) {
  std::string rows;
  for (const auto& [counter, words] : told_counters) {
    const auto found = counters.find(std::string(counter));
    if (found == counters.end() || found->second == 0) continue;
    const auto moved = static_cast<std::uint64_t>(std::abs(found->second));
    const auto signed_count =
        fmt::format("{}{}", found->second < 0 ? "-" : "", format_count(moved));
    rows += fmt::format("  {:<28}{:>12}  {}\n", counter, signed_count, words);
  }
  return rows.empty() ? rows : fmt::format("{}:\n{}", head, rows);
}

}  // namespace

std::string counters_text(const Run& run) {
  auto text = counters_table(
      run.counters, run.simulated ? "Counters that would move"
                                  : "Counters that moved (machine-wide, not only by this run)");
  if (run.server_side && !run.server_side->in_this_network) {
    const auto theirs =
        counters_table(run.server_side->counters,
                       "Counters that moved where the server is (not only by this run)");
    if (!text.empty() && !theirs.empty()) text += '\n';
    text += theirs;
  }
  return text;
}

}  // namespace tws
