// Whether the load got through: what failed, what was refused, what was never answered.
#include "diagnose/curl.hpp"
#include "diagnose/findings.hpp"
#include "diagnose/tls_advice.hpp"
#include "support/units.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>

namespace tws::diagnosis {
namespace {

std::string share_text(double share) {
  if (share > 0 && share < 0.001) return "less than 0.1%";
  return share > 0.999 && share < 1 ? "more than 99.9%" : fmt::format("{:.1f}%", share * 100);
}

// The server can know of them.
std::vector<std::pair<FailureKind, Failure>> failures_that_left(const Run& run) {
  auto all = failures(run.tally);
  std::erase_if(all, [](const auto& one) { return is_local(one.first); });
  return all;
}

std::string times(std::uint64_t count) {
  return count == 1 ? "once" : fmt::format("{} times", format_count(count));
}

// A guess about a server that closes each connection without an answer.
std::string_view why_it_never_answers(const Plan& plan) {
  if (!plan.tls.certificate.empty())
    return " Perhaps it does not accept the certificate of --cert.";
  return plan.has_https() ? " Perhaps it wants a certificate (--cert, --key)."
                          : " Perhaps it speaks TLS: then write https://.";
}

// Of what failed most.
std::string meaning(const FailureKind& kind, const Run& run) {
  switch (kind.cause) {
    case Cause::timeout:
      if (kind.phase == Phase::handshake)
        return "The connection stood, and TLS was not ready in time (--connect-timeout): the "
               "server "
               "is slow, or does not speak TLS.";
      return kind.phase == Phase::connect
                 ? "Nobody answered the SYN in time (--connect-timeout): packets are lost, a "
                   "firewall drops them, or the accept queue is full."
                 : "The connection stood, and no complete answer came in time (--timeout).";
    case Cause::closed:
      if (kind.phase == Phase::handshake)
        return "The server closed the connection during the handshake of TLS, without a word.";
      return fmt::format("The server closed the connection instead of answering.{}",
                         run.tally.responses() == 0 ? why_it_never_answers(run.plan) : "");
    case Cause::truncated:
      return fmt::format(
          "The server closed the connection in the middle of an answer{}.",
          run.plan.has_https() ? ", or without the close_notify that TLS demands" : "");
    case Cause::head_too_large:
      return "The head of the answer was larger than hammer takes.";
    case Cause::protocol:
      return "What came was no HTTP/1.1: the port may speak TLS, HTTP/2 or something else.";
    case Cause::proxy:
      return fmt::format("The proxy at {} opened no tunnel (CONNECT): curl -v shows its answer.",
                         run.targets.front().address);
    case Cause::tls:
      return fmt::format("The handshake of TLS failed: {}.",
                         tls_advice(kind.tls_fault(), run).meaning);
    case Cause::error:
      break;
  }
  if (kind.error == ECONNREFUSED)
    return "The machine answered that nobody listens on that port: the server is not running, or "
           "not on that address.";
  if (kind.error == ECONNRESET || kind.error == EPIPE)
    return "The connection was reset: the server, or something on the way, threw it away.";
  return "The operating system reported the error.";
}

void add_failures(const Facts& f, std::vector<Evidence>& evidence) {
  for (const auto& [kind, failure] : failures_that_left(f.run))
    evidence.push_back({name(kind),
                        fmt::format("{}, the first after {}", times(failure.count),
                                    format_duration(to_seconds(failure.first))),
                        kind.cause == Cause::error ? "errno" : "hammer"});
}

// Connections that tried in vain for so long when the run ended, other than for want of something
// on this machine.
std::uint64_t trying_in_vain(const Facts& f, double seconds) {
  const bool server_can_know = f.failures > never_left(f.run.tally);
  return static_cast<std::uint64_t>(
      std::ranges::count_if(f.run.tally.in_flight, [&](const InFlight& one) {
        if (one.phase == Phase::backoff && !server_can_know) return false;
        return to_seconds(one.age) >= seconds;
      }));
}

// Seconds between two requests that are due; 0 without a rate.
double longest_interval(const Plan& plan) {
  if (!plan.rate) return 0;
  double lowest = *plan.rate;
  for (const Stage& stage : plan.profile.stages) lowest = std::min({lowest, stage.from, stage.to});
  return 1 / lowest;
}

// Seconds at the end in which nothing succeeded though it was tried; 0 where there is no such end.
double silence_at_the_end(const Facts& f) {
  if (!f.last_success) return 0;
  const double silent = f.seconds - *f.last_success;
  // Answers may come in waves, or at a low rate.
  constexpr double shortest = 0.3, waves = 3, due = 5;
  const double slowest = f.run.tally.latency.max().value_or(0);
  const double interval = longest_interval(f.run.plan);
  if (silent < std::max({shortest, waves * slowest, due * interval})) return 0;
  // Of a server that is gone, all wait from then on. Those that began to wait one after another met
  // requests that are never answered.
  const double about_then = silent + std::max(shortest, waves * slowest);
  const auto earlier = std::ranges::count_if(f.run.tally.in_flight, [&](const InFlight& one) {
    return one.phase != Phase::backoff && to_seconds(one.age) > about_then;
  });
  if (2 * earlier > static_cast<std::ptrdiff_t>(f.run.tally.in_flight.size())) return 0;
  return 2 * trying_in_vain(f, silent / 2) >= f.run.plan.connections ? silent : 0;
}

std::string statuses_of(const Run& run) {
  const auto ok = parse_statuses(run.plan.ok).value_or(usual_statuses);
  std::vector<std::pair<std::uint64_t, std::size_t>> found;
  for (std::size_t status = 0; status < ok.size(); ++status)
    if (const auto count = run.tally.responses_by_status[status]; count > 0 && !ok.test(status))
      found.emplace_back(count, status);
  std::ranges::sort(found, std::greater<>{});
  std::vector<std::string> words;
  constexpr std::size_t most = 4;
  for (const auto& [count, status] : found)
    if (words.size() < most) words.push_back(fmt::format("{} x {}", format_count(count), status));
  if (found.size() > most) words.emplace_back("others");
  return fmt::format("{}", fmt::join(words, ", "));
}

std::uint64_t with_status(const Run& run, std::initializer_list<std::size_t> statuses) {
  std::uint64_t sum = 0;
  for (const auto status : statuses) sum += run.tally.responses_by_status[status];
  return sum;
}

// Its connections were seen, and there were ports for more.
bool proxy_has_ports(const Facts& f) {
  const auto& seen = f.run.upstreams;
  return seen && !seen->all.empty() && seen->usable_ports && !upstream_ports(f);
}

// One for each answer of a proxy, or nearly.
bool others_failed_to_connect(const Facts& f) {
  constexpr double nearly = 0.9;
  return static_cast<double>(f.counter("Tcp.AttemptFails")) >=
         nearly * static_cast<double>(f.refusals + f.attempts_failed);
}

std::string why_refused(const Facts& f) {
  const auto most = [&](std::initializer_list<std::size_t> statuses) {
    return 2 * with_status(f.run, statuses) > f.refusals;
  };
  if (most({429, 503}))
    return "A rate limiter or an overloaded server answers 429 or 503 at once, without doing the "
           "work.";
  if (most({502, 504}))
    return fmt::format(
        "A proxy answers 502 or 504 if it can't reach the server behind it, or if that does not "
        "answer in time. {}",
        others_failed_to_connect(f)
            ? fmt::format("Meanwhile {} other connections of this network namespace failed: "
                          "probably nobody "
                          "listens at the proxy's upstream.",
                          format_count(static_cast<std::uint64_t>(f.counter("Tcp.AttemptFails")) -
                                       f.attempts_failed))
        : proxy_has_ports(f)
            ? "It had source ports left towards that server."
            : "One possible reason is that the proxy has no source ports left towards that server: "
              "then its log says so (nginx: \"cannot assign requested address\").");
  if (most({401, 403, 407}))
    return "The server asks for credentials (-H 'Authorization: ...'), or forbids these requests.";
  if (most({404, 405, 410})) return "The server does not have this path, or not for this method.";
  if (most({400}) && !f.run.plan.has_https())
    return "The server did not understand the requests. A port that expects TLS answers plain HTTP "
           "like this: then write https://.";
  if (most({400}))
    return fmt::format(
        "The server did not understand the requests. nginx answers like this if it {}.",
        f.run.plan.tls.certificate.empty() ? "wants a certificate: --cert FILE --key FILE"
                                           : "does not trust the certificate of --cert");
  return "Such answers often cost the server far less than what was asked.";
}

}  // namespace

bool load_got_through(const Facts& f) {
  return f.share_got_through >= 1 - lost_share_that_limits && f.dead_targets.empty() &&
         static_cast<double>(f.stuck) <= lost_share_that_limits * f.run.plan.connections;
}

std::optional<Finding> server_gone(const Facts& f) {
  const double silent = silence_at_the_end(f);
  if (silent == 0 || time_wait_collision(f)) return {};
  const auto kinds = failures_that_left(f.run);
  // A server that refuses is there.
  if (!kinds.empty() && kinds.front().first.cause == Cause::tls) return {};
  Finding finding;
  finding.severity = Severity::limit;
  finding.certainty = Certainty::measured;
  const auto waiting = in_flight(f.run.tally).on_the_way();
  finding.headline = fmt::format(
      "No request succeeded after {}: nothing came in the last {} of the run, though hammer tried.",
      format_duration(*f.last_success), format_duration(silent));
  finding.why = kinds.empty() ? fmt::format(
                                    "{} connections wait for an answer that does not come: "
                                    "the server hangs, was stopped, or never answers some of the "
                                    "requests, and each connection has met one of those.",
                                    format_count(waiting))
                              : meaning(kinds.front().first, f.run);
  finding.why += " Rate and latency are those of the time before.";
  add_failures(f, finding.evidence);
  if (waiting > 0)
    finding.evidence.push_back(
        {"connections that waited for an answer at the end", format_count(waiting), "hammer"});
  finding.evidence.push_back(
      {"rate until then",
       fmt::format("{}/s", rounded(static_cast<double>(f.run.tally.successes()) / *f.last_success)),
       "successes / time"});
  finding.remedies.push_back(
      {"look at the server's log and its process", "whether it ended, was restarted, or hangs"});
  return finding;
}

bool answers_with_mistakes(const Facts& f) {
  const auto& all = f.run.tally.unreadable;
  const auto most = std::ranges::max_element(all, {}, &Unreadable::count);
  return most != all.end() && most->what != wrong_status_line;
}

std::optional<Finding> wrong_protocol(const Facts& f) {
  const Tally& tally = f.run.tally;
  std::uint64_t unreadable = 0;
  for (const auto& [kind, failure] : tally.requests_failed)
    if (kind.cause == Cause::protocol || kind.tls_fault() == TlsFault::not_tls)
      unreadable += failure.count;
  if (tally.successes() > 0 || 2 * unreadable < total(tally.requests_failed) || unreadable == 0)
    return {};
  auto kinds = tally.unreadable;
  std::ranges::stable_sort(kinds, std::ranges::greater{}, &Unreadable::count);
  const bool is_http = answers_with_mistakes(f), no_tls = kinds.empty();
  const auto spoken = kinds.empty() || is_http ? std::string_view() : protocol_of(kinds[0].bytes);
  Finding finding;
  finding.severity = Severity::limit;
  finding.certainty = spoken.empty() ? Certainty::measured : Certainty::concluded;
  if (is_http) {
    finding.headline = fmt::format("{} answers in HTTP/1.1 with mistakes: {}.", targets_of(f.run),
                                   kinds.front().what);
    finding.why = "hammer forgives what leaves no doubt where an answer ends. This does not.";
  } else if (no_tls) {
    finding.headline = fmt::format("{} does not speak TLS here.", targets_of(f.run));
    finding.why = "What came in the handshake was no TLS: the port may speak plain HTTP.";
  } else {
    finding.headline = fmt::format("{} does not speak HTTP/1.1 here{}.", targets_of(f.run),
                                   spoken.empty() ? "" : fmt::format(", but {}", spoken));
    finding.why = "No answer could be read. hammer speaks HTTP/1.1.";
  }
  for (const Unreadable& one : kinds)
    finding.evidence.push_back(
        {fmt::format("{}, {}", one.what,
                     one.target < f.run.targets.size() ? f.run.targets[one.target].url : "-"),
         fmt::format("{}: {}", times(one.count), words_of_bytes(one)), "recv()"});
  add_failures(f, finding.evidence);
  if (is_http)
    finding.remedies.push_back({curl(f.run, "-v", [](const UrlTally& url) { return url.failed; }),
                                "shows an answer as another program reads it"});
  else if (no_tls || spoken == "TLS")
    finding.remedies.push_back(
        {no_tls ? "http:// instead of https://" : "https:// instead of http://",
         "as the server speaks on this port"});
  else
    finding.remedies.push_back({"another port or URL", "one where the server speaks HTTP/1.1"});
  return finding;
}

std::optional<Finding> failures(const Facts& f) {
  if (f.failures == 0 || unreachable(f) || wrong_protocol(f)) return {};
  const auto kinds = failures_that_left(f.run);
  const double share =
      static_cast<double>(f.failures) / static_cast<double>(f.run.tally.responses() + f.failures);
  Finding finding;
  const bool much = share > lost_share_that_limits || !f.dead_targets.empty();
  finding.severity = much ? Severity::limit : Severity::warning;
  finding.certainty = Certainty::measured;
  finding.headline = fmt::format(
      "{} of what was asked failed: {} of {} requests and attempts to connect, most of "
      "them with '{}'.",
      share_text(share), format_count(f.failures),
      format_count(f.run.tally.responses() + f.failures), name(kinds.front().first));
  finding.why = meaning(kinds.front().first, f.run);
  if (kinds.front().first.error == ECONNREFUSED && f.run.tally.responses() > 0)
    finding.why =
        "The machine refused some connections and answered others: the server was restarted or "
        "gone for a while, or a firewall refuses connections above a limit.";
  if (!f.dead_targets.empty())
    finding.why += fmt::format(" Nothing ever connected to {}: {} of the {} targets {} not loaded.",
                               fmt::join(f.dead_targets, ", "), f.dead_targets.size(),
                               f.run.targets.size(), f.dead_targets.size() == 1 ? "was" : "were");
  add_failures(f, finding.evidence);
  if (const auto fault = kinds.front().first.tls_fault(); fault != TlsFault::none)
    finding.remedies.push_back({tls_advice(fault, f.run).remedy, "the handshake succeeds"});
  finding.remedies.push_back({curl(f.run, "-v", [](const UrlTally& url) { return url.failed; }),
                              "shows what a single request gets"});
  return finding;
}

std::optional<Finding> refusals(const Facts& f) {
  if (f.refusals == 0) return {};
  const auto responses = f.run.tally.responses();
  const double share = static_cast<double>(f.refusals) / static_cast<double>(responses);
  Finding finding;
  finding.severity = share > lost_share_that_limits ? Severity::limit : Severity::warning;
  finding.certainty = Certainty::measured;
  finding.headline = fmt::format("{} of the responses are not what was asked for ({}): {}.",
                                 share_text(share), f.run.plan.ok, statuses_of(f.run));
  finding.why = why_refused(f);
  finding.evidence.push_back(
      {"responses that were refusals",
       fmt::format("{} of {}", format_count(f.refusals), format_count(responses)), "status"});
  finding.evidence.push_back({"successes per second",
                              rounded(static_cast<double>(f.run.tally.successes()) / f.seconds),
                              "status"});
  finding.remedies.push_back(
      {curl(f.run, "-i", [](const UrlTally& url) { return url.responses - url.successes; }),
       "shows the whole answer"});
  finding.remedies.push_back(
      {"--ok", "names the statuses to count as successes, if these answers are what you measure"});
  return finding;
}

}  // namespace tws::diagnosis
