#include "diagnose/worth.hpp"

#include "diagnose/findings.hpp"
#include "diagnose/kinds.hpp"
#include "diagnose/machines.hpp"
#include "support/units.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tws::diagnosis {
namespace {

std::string rate_by_ports(const Facts& f, std::string_view id) {
  if (!f.budget.burst)
    return fmt::format("The rate is that of {}, not of {}.",
                       plural(f.run.tally.peak_open, "connection"),
                       format_count(f.run.plan.connections));
  std::string text = "The rate is not the server's";
  const bool comes_back = id == "time-wait-reuse";
  if (comes_back)
    text += fmt::format(": {} ports / {} make {}/s", format_count(f.budget.tuples),
                        format_duration(port_cycle(f)),
                        rounded(f.budget.sustained_per_second.value_or(0)));
  if (f.while_ports_lasted)
    text += fmt::format("{} hammer made {}/s while ports lasted ({})", comes_back ? ", and" : ":",
                        rounded(f.while_ports_lasted->rate()),
                        format_duration(f.while_ports_lasted->seconds));
  return text + ".";
}

// "181/s", or "181 to 202/s" where a trial made noticeably more.
std::string rate_with_trials(const Facts& f) {
  constexpr double noticeable = 1.05;
  double most = f.response_rate;
  for (const Trial* trial : {f.twice, f.half, f.one})
    if (trial) most = std::max(most, trial->rate);
  return most < noticeable * f.response_rate
             ? fmt::format("{}/s", rounded(f.response_rate))
             : fmt::format("{} to {}/s", rounded(f.response_rate), rounded(most));
}

// Where fewer are served at a time than there are connections, the others stand in line.
std::string latency_of_a_line(const Facts& f) {
  constexpr double all_of_them = 0.7;
  const double connections = f.run.plan.connections;
  const bool in_line = connections > 1 && !f.rate_falls &&
                       served_at_once(f).value_or(connections) < all_of_them * connections;
  return fmt::format("The latency of {} is {}{}.", format_duration(f.mean_latency),
                     f.on_loopback ? "its own" : "that of the server and of the way to it",
                     in_line ? ": most of it is spent in line" : "");
}

// Whose maximum a rate is.
std::string_view whose(const Facts& f) {
  return f.on_loopback ? "its" : "the server's, or its link's,";
}

}  // namespace

Words worth(const Facts& f, std::string_view id) {
  const auto connections = plural(f.run.plan.connections, "connection");
  const auto rate = fmt::format("{}/s", rounded(f.response_rate));
  const auto mean = format_duration(f.mean_latency);
  const auto neither = [](std::string_view why) {
    return Words{fmt::format("Neither rate nor latency is the server's: {}.", why), {}, true};
  };
  if (id == "ephemeral-ports" || id == "time-wait-reuse")
    return {rate_by_ports(f, id), "The latency of what was answered is the server's."};
  if (id == "open-files" && limit_of(f, id).rate)
    return {
        "The rate is the server's with the connections that it can hold; the others waited in "
        "vain.",
        "So is the latency of what was answered."};
  if (id == "open-files")
    return {fmt::format("The rate is that of fewer connections than the {} asked for.",
                        format_count(f.run.plan.connections)),
            "The latency is the server's."};
  if (id == "listen-queue" && syns_were_lost(f))
    return neither("connections wait until a lost SYN is sent again");
  if (id == "listen-queue")
    return {"The rate is the server's.",
            "So is the latency; it has the 1 s and more in it until a dropped handshake is tried "
            "again."};
  if (id == "server-cpu")
    return {fmt::format("{}{} is about its maximum as it is set up.",
                        busy_may_be_chance(f) ? "If so, " : "", rate),
            fmt::format("The latency is its own, with {} in line.", connections)};
  if (id == "server-sequential")
    return {fmt::format("{} is {} maximum.", rate_with_trials(f), whose(f)), latency_of_a_line(f)};
  if (id == "fixed-concurrency")
    return f.rate_stays
               ? Words{fmt::format("{} is {} maximum as it is set up.", rate_with_trials(f),
                                   whose(f)),
                       latency_of_a_line(f)}
               : Words{
                     fmt::format("The rate of {} is the server's with {}. --prove measures whether "
                                 "that is its maximum.",
                                 rate, connections),
                     fmt::format("The latency of {} is the server's, too.", mean)};
  if (id == "slow-body")
    return {fmt::format("The rate of {} is {} / {}.", rate, connections, mean),
            f.on_loopback ? "The latency is the server's."
                          : "The latency is that of the server and of the way."};
  if (id == "stall") return {"The rate is the server's, with its pause.", "So is the latency."};
  if (id == "server-keeps-open")
    return {"The rate is hammer's own: it waits up to a second for each connection's end.",
            "The latency is the server's."};
  if (id == "upstream-ports")
    return {"The rate is not that of the server behind the proxy.",
            "The latency is that of the successes."};
  if (id == "bandwidth" && server_reads_slowly(f))
    return {"The rate is the server's with these requests.", "So is the latency."};
  if (id == "bandwidth" && bandwidth(f)->certainty == Certainty::possible)
    return {"If the path between the two ends is full, neither rate nor latency is the server's.",
            {},
            true};
  if (id == "bandwidth") return neither("the path between the two ends is full");
  if (id == "packet-loss") return neither("packets were lost and sent again");
  if (id == "network-latency") return neither("a round trip takes most of the time");
  if (id == "tls-handshake")
    return {fmt::format("The rate of {} is the server's with {}, of which most are in a handshake.",
                        rate, connections),
            "The latency of what was answered is the server's."};
  if (id == "server-latency")
    return {
        fmt::format("The rate of {} is {} / {}, which need not be the server's "
                    "maximum.",
                    rate, connections, mean),
        fmt::format("The latency of {} is {}.", mean,
                    f.on_loopback ? "the server's" : "that of the server and of the way to it")};
  if (id == "rate") return {"The rate is the plan's.", "The latency is the server's."};
  if (id == "port-search")
    return neither("the search is part of connect(), and hammer does nothing else meanwhile");
  if (id == "time-wait-collision") return neither("connections hang before they ask anything");
  if (id == "conntrack") return neither("packets are dropped on the way and sent again after 1 s");
  if (id == "client-cpu" && f.server && f.server->busiest_thread >= full)
    return {
        "Neither rate nor latency is the server's alone: both ends had no CPU to spare.", {}, true};
  if (id == "client-quota") return neither("hammer was stopped again and again");
  if (id == "server-quota")
    return {fmt::format("{} is its maximum under a quota of {:.2g} cores.", rate,
                        f.run.cpu.server_quota->cores),
            "The latency is its own, and has its standstills in it."};
  if (id == "machine-cpu") return neither("with CPU to spare it might answer more, and sooner");
  if (id == "client-cpu") return neither("it might answer more, and sooner");
  return {};
}

}  // namespace tws::diagnosis
