#include "diagnose/findings.hpp"
#include "diagnose/kinds.hpp"
#include "diagnose/worth.hpp"
#include "support/units.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>

namespace tws::diagnosis {
namespace {

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

// Who lacked CPU at hammer's end, or nothing.
std::string_view no_cpu_to_spare(const Facts& f) {
  if (f.client_load >= full) return "hammer had no CPU to spare";
  if (client_is_full(f)) return "hammer's machine had no CPU to spare";
  return {};
}

// Why latencies are more than the server's, or nothing.
std::string_view spoiled_latency(const Facts& f) {
  if (f.search_shows) return "it includes the kernel's search for a free port";
  if (const auto lack = no_cpu_to_spare(f); !lack.empty()) return lack;
  // While the server stands still all connections wait for it, and so does what is due.
  if (stall(f)) return {};
  if (waiting_for_connections_shows(f))
    return "it includes waiting for a free connection, since it counts from when a request was due";
  if (lateness_of_timers_shows(f))
    return "it includes the moment by which hammer's timer is late; 'then took', under Rate, does "
           "not";
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

// "other programs on hammer's machine (machine-cpu)"
std::string named(const Limit& limit, std::string_view id) {
  return limit.words == id ? std::string(id) : fmt::format("{} ({})", limit.words, id);
}

// In a few words, of a run that is not valid. A rate that was not kept for want of CPU is the
// CPU's.
std::string why_not_valid(const Facts& f, const Verdict& verdict) {
  const Limit limit = limit_of(f, verdict.limited_by);
  if (time_wait_was_thrown_away(f)) return "a full TIME_WAIT table (time-wait-overflow)";
  if (!verdict.got_through) {
    if (verdict.server_failed && !is_outcome(verdict.limited_by))
      return fmt::format("the load did not get through ({})", verdict.limited_by);
    return named(limit, verdict.limited_by);
  }
  if (verdict.limited_by == "rate" && !no_cpu_to_spare(f).empty())
    return std::string(no_cpu_to_spare(f));
  if (!limit.rate && verdict.limited_by != "rate") return named(limit, verdict.limited_by);
  const auto too_little = too_little_to_trust(f);
  return too_little.empty() ? std::string() : too_little.substr(1, too_little.size() - 2);
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
    verdict.not_valid_because = "there was no response";
    verdict.sentence = "Nothing was measured: there was no response.";
    return verdict;
  }
  const Limit limit = limit_of(f, verdict.limited_by);
  verdict.rate_is_servers = limit.rate;
  verdict.latency_is_servers = limit.latency && spoiled_latency(f).empty();
  // A plan's own rate is no fault of the client.
  verdict.valid = limit.rate || (verdict.limited_by == "rate" && no_cpu_to_spare(f).empty());
  const std::string too_little = too_little_to_trust(f);
  verdict.got_through = load_got_through(f);
  verdict.server_failed = !verdict.got_through && limit.failed && !time_wait_was_thrown_away(f);
  if (!load_got_through(f)) verdict.valid = verdict.rate_is_servers = false;
  if (!too_little.empty() || f.run.tally.responses() == 0) verdict.valid = false;
  if (f.due > 0 && !f.rate_is_kept && found == findings.end()) verdict.rate_is_servers = false;
  if (found == findings.end())
    verdict.sentence = without_a_limit(f, verdict);
  else if (verdict.limited_by == "unreachable" || verdict.limited_by == "no-address" ||
           verdict.limited_by == "wrong-protocol")
    verdict.sentence =
        fmt::format("Nothing was measured: {} ({}).", limit.words, verdict.limited_by);
  else if (f.run.tally.attempts_connected == 0 && f.run.tally.responses() == 0)
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
  if (!verdict.valid) verdict.not_valid_because = why_not_valid(f, verdict);
  if (!f.run.plan.proxy.empty())
    verdict.sentence += fmt::format(
        " hammer connects to the proxy at {}: ports and sockets are those towards it, and the "
        "server is the proxy with what is behind it.",
        f.run.targets.empty() ? "-" : f.run.targets.front().address);
  // The mean of a change, or of unequals, is no state of the server.
  for (const auto& [id, words] :
       {std::pair("drift", " The rate changed during the run (drift)."),
        std::pair("unequal-latency",
                  " Latencies differ by target or connection (unequal-latency).")})
    if (std::ranges::count(findings, id, &Finding::id) > 0) verdict.sentence += words;
  return verdict;
}

}  // namespace tws::diagnosis
