#include "diagnose/findings.hpp"
#include "diagnose/kinds.hpp"
#include "diagnose/machines.hpp"
#include "support/units.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>

namespace tws::diagnosis {
namespace {

constexpr double full = 0.85;  // share of a thread's time
constexpr double shortest_to_trust = 1;
constexpr std::uint64_t fewest_to_trust = 100;
// With so many responses a run may be as short as it likes.
constexpr std::uint64_t plenty = 1000;

// With a rate, latencies count from when a request was due.
bool waiting_for_connections_shows(const Facts& f) {
  const Tally& tally = f.run.tally;
  if (tally.service_time.empty() || tally.latency.empty()) return false;
  return f.late * 100 > f.due && (tally.never_begun * 100 > f.due ||
                                  *tally.latency.mean() > 1.1 * *tally.service_time.mean());
}

// A timer wakes hammer some ten microseconds late, which is much where the server is fast.
bool lateness_of_timers_shows(const Facts& f) {
  const Tally& tally = f.run.tally;
  return !tally.service_time.empty() && !tally.begin_delay.empty() &&
         *tally.begin_delay.mean() > 0.1 * *tally.service_time.mean();
}

// Why latencies are more than the server's, or nothing.
std::string_view spoiled_latency(const Facts& f) {
  if (f.search_shows) return "it includes the kernel's search for a free port";
  if (f.client_load >= full) return "hammer had no CPU to spare";
  if (client_is_full(f)) return "hammer's machine had no CPU to spare";
  // While the server stands still all connections wait for it, and so does what is due.
  if (stall(f)) return {};
  if (waiting_for_connections_shows(f))
    return "it includes waiting for a free connection, since it counts from when a request was due";
  if (lateness_of_timers_shows(f))
    return "it includes the moment by which hammer's timer is late; 'then took', under Rate, does "
           "not";
  return {};
}

std::string rate_by_ports(const Facts& f, std::string_view id) {
  if (!f.budget.burst)
    return fmt::format("The rate is that of {}, not of {}.",
                       plural(f.run.tally.peak_open, "connection"),
                       format_count(f.run.plan.connections));
  std::string text = "The rate is not the server's";
  const bool comes_back = id == "time-wait-reuse";
  if (comes_back)
    text += fmt::format(": {} ports / {} make {}/s", format_count(f.budget.tuples),
                        format_duration(f.budget.hold_seconds),
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

// What the rate is worth; where `both`, the latency as well.
struct Words {
  std::string rate;
  std::string latency;  // where it is the server's
  bool both = false;
};
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

// The latency first where it is what the run measured.
std::string worth_text(const Facts& f, const Verdict& verdict) {
  const Words words = worth(f, verdict.limited_by);
  if (words.both) return words.rate;
  const auto latency =
      verdict.latency_is_servers
          ? words.latency
          : fmt::format("The latency is not the server's: {}.", spoiled_latency(f));
  if (verdict.limited_by == "server-latency") return fmt::format("{} {}", latency, words.rate);
  return fmt::format("{} {}", words.rate, latency);
}

// What of these was looked at: "ports, files and CPU".
std::string what_had_room(const Facts& f) {
  std::vector<std::string_view> words;
  if (f.run.sockets_after) words.emplace_back("ports");
  if (f.run.limits.open_files) words.emplace_back("files");
  if (!f.run.counters.empty()) words.emplace_back("queues");
  words.emplace_back(server_cpu_known(f) && f.run.cpu.machine_busy ? "CPU" : "hammer's CPU");
  const std::string_view last = words.back();
  words.pop_back();
  if (words.empty()) return std::string(last);
  return fmt::format("{} and {}", fmt::join(words, ", "), last);
}

std::string without_a_limit(const Facts& f, const Verdict& verdict) {
  if (f.seconds < shortest_run)
    return fmt::format("No limit was found, but {} are too short to see who was busy.",
                       format_duration(f.seconds));
  const auto connections = plural(f.run.plan.connections, "connection");
  if (f.growing_latency)
    return fmt::format(
        "No limit was found in {}, but the server did not keep up with the rate that was asked for "
        "(rate): its latency grew from {} to {}.",
        what_had_room(f), format_duration(f.growing_latency->first),
        format_duration(f.growing_latency->last));
  if (f.due > 0 && !f.rate_is_kept)
    return fmt::format(
        "No limit was found in {}, but the rate that was asked for was not kept (rate): {}",
        what_had_room(f),
        verdict.latency_is_servers
            ? "the latency of what was answered is the server's."
            : fmt::format("the latency is not the server's: {}.", spoiled_latency(f)));
  std::string text = fmt::format("No limit was found: {} had room. ", what_had_room(f));
  if (!server_cpu_known(f)) text += "The server's CPU could not be seen. ";
  if (!verdict.latency_is_servers)
    return text + fmt::format("The rate is the server's with {}; the latency is not: {}.",
                              connections, spoiled_latency(f));
  return text +
         fmt::format(
             "Rate and latency are {} with {}. {}",
             f.on_loopback ? "the server's" : "those of the server and of the way", connections,
             f.changed        ? "The trials of --prove contradict the run: the server changed."
             : f.twice_failed ? fmt::format("With twice as many {} of the requests succeeded "
                                            "(--prove).",
                                            percent(f.twice_failed->got_through))
             : f.twice
                 ? fmt::format("With twice as many it made {}/s (--prove).", rounded(f.twice->rate))
                 : "Whether more (-c) do more was not tried (--prove).");
}

// A longer run would tell more, or nothing.
std::string too_little_to_trust(const Facts& f) {
  const auto responses = f.run.tally.responses();
  if (responses == 0) return {};
  if (responses < fewest_to_trust)
    return fmt::format(" {} response{} too few to rely on.", format_count(responses),
                       responses == 1 ? " is" : "s are");
  const bool by_number = f.run.plan.requests.has_value() && responses >= plenty;
  if (f.seconds < shortest_to_trust && !by_number)
    return fmt::format(" {} are too short to rely on: connecting and warming up weigh too much.",
                       format_duration(f.seconds));
  return {};
}

std::string flattery(const Facts& f) {
  return fmt::format(
      "The rate is flattered by a full TIME_WAIT table (time-wait-overflow): the kernel threw "
      "TIME_WAIT away, and where it is kept, ports allow such a run {} connections. ",
      format_count(most_connections_in(f.demand, f.seconds)));
}

// Where much of what was asked came to nothing, the rest says little of the server.
std::string not_through(const Facts& f, std::string_view id) {
  if (!f.dead_targets.empty())
    return fmt::format("nothing ever connected to {}.", fmt::join(f.dead_targets, ", "));
  if (id == "server-gone")
    return fmt::format("no request succeeded after {}.", format_duration(*f.last_success));
  if (id == "starved" ||
      (id != "failures" && id != "refusals" && f.stuck > f.failures + f.refusals))
    return fmt::format("{} of {} waited in vain.", format_count(f.stuck),
                       plural(f.run.plan.connections, "connection"));
  const auto asked = f.run.tally.responses() + f.failures + f.stuck;
  return fmt::format("{} of {} requests succeeded.", format_count(f.run.tally.successes()),
                     format_count(asked));
}

bool is_outcome(std::string_view id) {
  return id == "server-gone" || id == "failures" || id == "refusals" || id == "starved";
}

}  // namespace

Verdict verdict_of(const Facts& f, const std::vector<Finding>& findings) {
  const auto found = std::find_if(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.severity == Severity::limit;
  });
  Verdict verdict;
  verdict.limited_by = found == findings.end() ? "none" : found->id;
  if (found == findings.end() && f.run.tally.responses() == 0) {
    verdict.valid = verdict.rate_is_servers = verdict.latency_is_servers = false;
    verdict.got_through = false;
    verdict.sentence = "Nothing was measured: there was no response.";
    return verdict;
  }
  const Limit limit = limit_of(f, verdict.limited_by);
  verdict.rate_is_servers = limit.rate;
  verdict.latency_is_servers = limit.latency && spoiled_latency(f).empty();
  // A plan's own rate is no fault of the client.
  verdict.valid =
      limit.rate || (verdict.limited_by == "rate" && f.client_load < full && !client_is_full(f));
  const std::string too_little = too_little_to_trust(f);
  verdict.got_through = load_got_through(f);
  if (!load_got_through(f)) verdict.valid = verdict.rate_is_servers = false;
  if (!too_little.empty()) verdict.valid = false;
  if (f.due > 0 && !f.rate_is_kept && found == findings.end()) verdict.rate_is_servers = false;
  if (found == findings.end())
    verdict.sentence = without_a_limit(f, verdict);
  else if (verdict.limited_by == "unreachable" || verdict.limited_by == "no-address" ||
           verdict.limited_by == "wrong-protocol")
    verdict.sentence =
        fmt::format("Nothing was measured: {} ({}).", limit.words, verdict.limited_by);
  else if (f.run.tally.attempts_connected == 0)
    verdict.sentence = fmt::format("Nothing was measured: {} left none for a connection ({}).",
                                   limit.words, verdict.limited_by);
  else if (is_outcome(verdict.limited_by))
    verdict.sentence = fmt::format(
        "The load did not get through ({}): {} {}", verdict.limited_by,
        not_through(f, verdict.limited_by),
        f.run.tally.successes() == 0 ? "This run says nothing about successful responses."
        : verdict.latency_is_servers ? "Rate and mean latency are of the successes alone."
                                     : fmt::format("Rate and mean latency are of the successes "
                                                   "alone, and the latency is not the server's: "
                                                   "{}.",
                                                   spoiled_latency(f)));
  else
    verdict.sentence =
        fmt::format("{} by {} ({}). {}",
                    found->certainty == Certainty::possible ? "Perhaps limited" : "Limited",
                    limit.words, verdict.limited_by, worth_text(f, verdict));
  if (!load_got_through(f) && !is_outcome(verdict.limited_by) && f.run.tally.responses() > 0)
    verdict.sentence +=
        fmt::format(" The load did not get through: {}", not_through(f, verdict.limited_by));
  if (time_wait_was_thrown_away(f)) {
    verdict.valid = verdict.rate_is_servers = false;
    verdict.sentence = flattery(f) + verdict.sentence;
  }
  verdict.sentence += too_little;
  // The mean of a change, or of unequals, is no state of the server.
  for (const auto& [id, words] :
       {std::pair("drift", " The rate changed during the run (drift)."),
        std::pair("unequal-latency",
                  " Latencies differ by target or connection (unequal-latency).")})
    if (std::ranges::count(findings, id, &Finding::id) > 0) verdict.sentence += words;
  return verdict;
}

}  // namespace tws::diagnosis
