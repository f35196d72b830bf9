#include "findings.hpp"
#include "tws/support/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace tws::diagnosis {
namespace {

// What a limit is in words, and which numbers are the server's in spite of it. For the latency it
// takes CPU to spare as well.
struct Limit {
  std::string_view id, words;
  bool rate = true, latency = true;
};
constexpr std::array<Limit, 14> limits{{
    {"unreachable", "a server that nothing could connect to", false, false},
    {"ephemeral-ports", "the client's source ports", false, true},
    {"time-wait-reuse", "the time until a source port comes back", false, true},
    {"time-wait-collision", "SYNs that the server's TIME_WAIT ignores", false, false},
    {"open-files", "the server's file descriptors"},
    {"port-search", "the search for a free source port", false, false},
    {"conntrack", "the firewall's table of connections", false, false},
    {"listen-queue", "the server's accept queue"},
    {"client-cpu", "the client's CPU", false, false},
    {"server-cpu", "the server's CPU"},
    {"server-sequential", "a server that answers one request at a time"},
    {"server-latency", "the server's response time"},
    {"rate", "the rate that was asked for", false, true},
    {"none", "nothing that was found"},
}};

// hammer itself ran out of file descriptors.
constexpr Limit own_files{"open-files", "hammer's file descriptors", false, true};

constexpr double full = 0.85;  // share of a thread's time
constexpr double shortest_to_trust = 1;
constexpr std::uint64_t fewest_to_trust = 100;
// With so many responses a run may be as short as it likes.
constexpr std::uint64_t plenty = 1000;

Limit limit_of(const Facts& f, std::string_view id) {
  if (id == "open-files" && f.failed("EMFILE") + f.failed("ENFILE") > 0) return own_files;
  const auto found = std::find_if(limits.begin(), limits.end(),
                                  [&](const Limit& limit) { return limit.id == id; });
  return found == limits.end() ? Limit{id, id} : *found;
}

// Why latencies are more than the server's, or nothing.
std::string_view spoiled_latency(const Facts& f) {
  if (f.search_shows) return "it includes the kernel's search for a free port";
  if (f.client_load >= full) return "hammer had no CPU to spare";
  if (client_is_full(f)) return "hammer's machine had no CPU to spare";
  return {};
}

std::string numbers_after_ports(const Facts& f, const Verdict& verdict) {
  std::string text = "The rate is not the server's";
  if (verdict.limited_by == "time-wait-reuse")
    text += fmt::format(": {} ports / {} make {}/s", format_count(f.budget.tuples),
                        format_duration(f.budget.hold_seconds),
                        rounded(f.budget.sustained_per_second.value_or(0)));
  if (f.while_ports_lasted && f.budget.burst)
    text += fmt::format("{} hammer made {}/s while ports lasted ({})",
                        verdict.limited_by == "time-wait-reuse" ? ", and" : ":",
                        rounded(f.while_ports_lasted->rate()),
                        format_duration(f.while_ports_lasted->seconds));
  if (verdict.latency_is_servers)
    return text + ". The latency of what was answered is the server's.";
  return text + fmt::format(". Nor is the latency: {}.", spoiled_latency(f));
}

// What the two numbers are worth, in a sentence or two.
std::string worth(const Facts& f, const Verdict& verdict) {
  const auto& id = verdict.limited_by;
  const auto connections = format_count(f.run.plan.connections);
  const auto rate = fmt::format("{}/s", rounded(f.response_rate));
  const auto mean = format_duration(f.mean_latency);
  if (id == "unreachable") return "Nothing was measured.";
  if (id == "ephemeral-ports" || id == "time-wait-reuse") return numbers_after_ports(f, verdict);
  if (id == "port-search")
    return "Neither rate nor latency is the server's: the search is part of connect(), and hammer "
           "does nothing else meanwhile.";
  if (id == "time-wait-collision")
    return "Neither rate nor latency is the server's: its system ignores what it does not take for "
           "new.";
  if (id == "conntrack")
    return "Neither rate nor latency is the server's: packets are dropped on the way and sent "
           "again "
           "after 1 s.";
  if (id == "client-cpu")
    return "Neither rate nor latency is the server's: it might answer more, and sooner.";
  if (id == "open-files" && !verdict.rate_is_servers)
    return fmt::format("The rate is that of fewer connections than the {} asked for.{}",
                       connections,
                       verdict.latency_is_servers ? " The latency is the server's." : "");
  if (id == "open-files")
    return "Rate and latency are the server's, with the connections that it can hold; the others "
           "waited in vain.";
  if (id == "listen-queue")
    return "Rate and latency are the server's. Its kernel drops handshakes, and the time to "
           "connect "
           "includes the 1 s and more until they are sent again.";
  if (id == "server-cpu")
    return fmt::format(
        "{} is about its maximum as it is set up, and the latency is its own with {} "
        "connections in line.",
        rate, connections);
  if (id == "server-sequential")
    return fmt::format(
        "{} is its maximum, and the latency of {} is its own: {} of work, and the "
        "rest spent in line.",
        rate, mean, format_duration(f.fastest_latency));
  if (id == "server-latency")
    return fmt::format(
        "The latency of {} is the server's. The rate of {} is {} connections / {}, "
        "not the server's maximum.",
        mean, rate, connections, mean);
  if (id == "rate")
    return verdict.latency_is_servers
               ? "The rate is the plan's, and the server kept up with it. The latency is the "
                 "server's."
               : "The rate is the plan's.";
  return {};
}

std::string without_a_limit(const Facts& f) {
  if (f.seconds < shortest_run)
    return fmt::format("No limit was found, but {} are too short to see who was busy.",
                       format_duration(f.seconds));
  return fmt::format(
      "No limit was found: ports, files, queues and CPU had room. Rate and latency "
      "are the server's with {} connections; more (-c) may do more.",
      format_count(f.run.plan.connections));
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
      "TIME_WAIT away, and where it is kept, ports end this run after {} connections. ",
      format_count(most_connections_in(f.demand, f.seconds)));
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
    verdict.sentence = "Nothing was measured: there was no response.";
    return verdict;
  }
  const Limit limit = limit_of(f, verdict.limited_by);
  verdict.rate_is_servers = limit.rate;
  verdict.latency_is_servers = limit.latency && spoiled_latency(f).empty();
  // A plan's own rate is no fault of the client.
  verdict.valid = limit.rate || limit.id == "rate";
  if (found == findings.end())
    verdict.sentence = without_a_limit(f);
  else
    verdict.sentence =
        fmt::format("Limited by {} ({}). {}", limit.words, limit.id, worth(f, verdict));
  if (time_wait_was_thrown_away(f)) {
    verdict.valid = verdict.rate_is_servers = false;
    verdict.sentence = flattery(f) + verdict.sentence;
  }
  verdict.sentence += too_little_to_trust(f);
  return verdict;
}

}  // namespace tws::diagnosis
