// The tables of what was counted: the keys that oha has, and hammer's own. See json_fields.hpp.
#pragma once

#include "report/histogram_fields.hpp"
#include "report/summary.hpp"
#include "tws/measure/facts.hpp"
#include "tws/measure/run.hpp"

namespace tws {

template <>
struct Json<Phase> {
  static json::value write(Phase phase) { return json::value(phase_names[index(phase)]); }
  static void read(const json::value& from, Phase& to) {
    const auto found = std::ranges::find(phase_names, std::string_view(from.as_string()));
    if (found == phase_names.end()) throw std::out_of_range("phase");
    to = static_cast<Phase>(found - phase_names.begin());
  }
  static json::object schema(Defs&) {
    json::array names(phase_names.begin(), phase_names.end());
    return {{"enum", std::move(names)}};
  }
};

// Its phase, and its age in seconds.
template <>
struct Json<InFlight> {
  static json::value write(const InFlight& one) {
    return json::array{Json<Phase>::write(one.phase), to_seconds(one.age)};
  }
  static void read(const json::value& from, InFlight& to) {
    Json<Phase>::read(from.as_array().at(0), to.phase);
    Json<std::chrono::nanoseconds>::read(from.as_array().at(1), to.age);
  }
  static json::object schema(Defs& defs) {
    return {{"type", "array"},
            {"prefixItems", json::array{Json<Phase>::schema(defs), Json<double>::schema(defs)}},
            {"minItems", 2},
            {"items", false}};
  }
};

// Counts by name, none of which is 0.
inline json::object counts_schema() {
  return {{"type", "object"}, {"additionalProperties", {{"type", "integer"}, {"minimum", 1}}}};
}

// Responses by status.
struct StatusCounts {
  using Counts = std::array<std::uint64_t, 1000>;
  static json::value write(const Counts& counts) {
    json::object object;
    for (std::size_t status = 0; status < counts.size(); ++status)
      if (counts[status] > 0) object[fmt::format("{:03}", status)] = counts[status];
    return object;
  }
  static void read(const json::value& from, Counts& to) {
    to = {};
    for (const auto& [status, count] : from.as_object())
      Json<std::uint64_t>::read(count, to.at(parse_number(status, 999).value()));
  }
  static json::object schema(Defs&) {
    auto schema = counts_schema();
    schema["propertyNames"] = {{"pattern", "^[0-9]{3}$"}};
    return schema;
  }
};

// Failures are in two objects: how many of each kind, and when the first one was. The second one is
// read after the first.
template <auto name_of, auto kind_of>
struct FailureCounts {
  static json::value write(const Failures& failures) {
    json::object object;
    for (const auto& [kind, failure] : failures) object[name_of(kind)] = failure.count;
    return object;
  }
  static void read(const json::value& from, Failures& to) {
    to.clear();
    for (const auto& [name, count] : from.as_object()) {
      const auto kind = kind_of(name);
      if (!kind) throw std::out_of_range(std::string(name));
      Json<std::uint64_t>::read(count, to[*kind].count);
    }
  }
  static json::object schema(Defs&) { return counts_schema(); }
};
template <auto name_of, auto kind_of>
struct FailureTimes {
  static json::value write(const Failures& failures) {
    json::object object;
    for (const auto& [kind, failure] : failures) object[name_of(kind)] = to_seconds(failure.first);
    return object;
  }
  static void read(const json::value& from, Failures& to) {
    for (auto& [kind, failure] : to)
      Json<std::chrono::nanoseconds>::read(from.as_object().at(name_of(kind)), failure.first);
  }
  static json::object schema(Defs& defs) {
    return {{"type", "object"}, {"additionalProperties", Json<double>::schema(defs)}};
  }
};
// Counts by name.
template <>
struct Json<Counts> {
  static json::value write(const Counts& counts) {
    json::object object;
    for (const auto& [name, count] : counts) object[name] = count;
    return object;
  }
  static void read(const json::value& from, Counts& to) {
    to.clear();
    for (const auto& [name, count] : from.as_object())
      Json<std::uint64_t>::read(count, to[std::string(name)]);
  }
  static json::object schema(Defs&) { return counts_schema(); }
};

template <>
inline constexpr auto fields_of<Unreadable> =
    table(field("what", "The part that was wrong: \"status line\"", &Unreadable::what),
          field("target", "Its place in targets, from 0", &Unreadable::target),
          field("count", "", &Unreadable::count),
          field<Bytes>("bytes", "Of the first one: what began at the wrong place, 32 bytes at most",
                       &Unreadable::bytes));

inline std::string request_name(const FailureKind& kind) {
  return name(kind);
}
using AttemptCounts = FailureCounts<cause_name, attempt_failure>;
using AttemptTimes = FailureTimes<cause_name, attempt_failure>;
using RequestCounts = FailureCounts<request_name, request_failure>;
using RequestTimes = FailureTimes<request_name, request_failure>;

// Failures of both, and what was on its way.
struct ErrorDistribution {
  static json::value write(const Tally& tally) {
    json::object errors;
    for (const auto& [kind, failure] : failures(tally)) errors[name(kind)] = failure.count;
    if (const auto count = in_flight(tally).on_the_way()) errors["in flight at the end"] = count;
    return errors;
  }
  static json::object schema(Defs&) { return counts_schema(); }
};

template <typename Codec>
using ByPhase = Keyed<phase_names, Codec>;
using CountByPhase = ByPhase<Json<std::uint64_t>>;

inline constexpr auto attempts_fields = table(
    field("started", "", &Tally::attempts_started),
    field("connected", "", &Tally::attempts_connected),
    field<AttemptCounts>("failed", "By errno, or timeout", &Tally::attempts_failed),
    field<AttemptTimes>("firstFailureSeconds",
                        "When the first of each kind happened, since the start",
                        &Tally::attempts_failed),
    field("secondsInConnectCall",
          "Inside the system calls that open a connection, where the kernel looks for a free port",
          &Tally::time_in_connect_call));

template <>
inline constexpr auto fields_of<TargetTally> = table(
    field("connected", "", &TargetTally::connected),
    field("failed", "Attempts to connect", &TargetTally::failed),
    field("responses", "", &TargetTally::responses),
    field("answeringSeconds", "Of all these responses: from the request's begin to the last byte",
          &TargetTally::answering));

template <>
inline constexpr auto fields_of<UrlTally> = table(
    field("method", "", &UrlTally::method),  //
    field("url", "", &UrlTally::url), field("responses", "Of any status", &UrlTally::responses),
    field("succeeded", "With a status of plan.ok", &UrlTally::successes),
    field("failed", "Requests without a response; failed attempts to connect are not in it",
          &UrlTally::failed),
    field("answeringSeconds", "Of all these responses", &UrlTally::answering),
    derived("p50", "Of successes; null in a list of more than 1,000 URLs",
            [](const UrlTally& url) { return url.latency.quantile(0.5); }),
    derived("p99", "", [](const UrlTally& url) { return url.latency.quantile(0.99); }),
    field<TwoDigits>("latency", "Of successes; two significant digits", &UrlTally::latency));

template <>
inline constexpr std::string_view def_of<ConnectionSpread> = "connectionSpread";
template <>
inline constexpr auto fields_of<ConnectionSpread> = table(
    field("responses", "", &ConnectionSpread::responses),
    field("sum", "Seconds", &ConnectionSpread::sum),
    field("sumOfSquares", "", &ConnectionSpread::sum_of_squares),
    field("between", "Of all connections: sum x sum / responses", &ConnectionSpread::between));

template <>
inline constexpr auto fields_of<TlsUsed> = table(
    field("target", "Its place in targets, from 0", &TlsUsed::target),
    field("version", "\"TLSv1.3\"", &TlsUsed::version), field("cipher", "", &TlsUsed::cipher),
    field<EmptyIsNull<std::string>>("group", "Of the key exchange; null where OpenSSL doesn't tell",
                                    &TlsUsed::group),
    field("key", "Of the server's certificate: \"ECDSA P-256\", \"RSA 2048 bits\"", &TlsUsed::key),
    field("subject", "", &TlsUsed::subject), field("issuer", "", &TlsUsed::issuer),
    field("handshakes", "", &TlsUsed::handshakes));

inline std::uint64_t failed_handshakes(const Tally& tally) {
  std::uint64_t count = 0;
  for (const auto& [kind, failure] : tally.requests_failed)
    if (kind.phase == Phase::handshake) count += failure.count;
  return count;
}

inline constexpr auto tls_fields =
    table(group("handshakes", "", field("full", "", &Tally::handshakes_full),
                field("resumed", "", &Tally::handshakes_resumed),
                derived("failed", "They are in requests.failed, by reason", failed_handshakes)),
          field("agreed", "What the handshakes agreed on, and the certificates", &Tally::tls_used),
          field<EmptyIsNull<std::string>>(
              "firstFailure", "OpenSSL's words for the first failure of TLS", &Tally::tls_words));

inline constexpr auto connections_fields = table(
    derived("opened", "In the whole run",
            [](const Tally& tally) { return tally.attempts_connected; }),
    field("peak", "Open at the same time, at most", &Tally::peak_open),
    group("closedBy", "Who ended them",  //
          field("client", "", &Tally::closed_by_client),
          field("server", "", &Tally::closed_by_server),
          field("reset", "", &Tally::closed_by_reset)),
    field("byTarget", "In the order of plan.urls; empty where nobody counted", &Tally::by_target),
    field("spread", "Of connections with 10 responses or more: whether their times differ",
          &Tally::spread),
    field("serverKeptOpen",
          "Among closedBy.client: the server was asked to close and had not after a second",
          &Tally::server_kept_open),
    field("endedByStrayBytes",
          "Kept ones that hammer ended since bytes came that belong to no request",
          &Tally::ended_by_stray_bytes),
    field(
        "ownPortsGivenUp",
        "plan.ports is rotate, and the kernel chose after all, as a target has no TCP time stamps",
        &Tally::own_ports_given_up));

inline constexpr auto requests_fields = table(
    field("started", "", &Tally::requests_started),
    derived("responses", "Of any status", &Tally::responses),
    derived("succeeded", "With a status of plan.ok", &Tally::successes),
    field<RequestCounts>("failed", "By phase and kind", &Tally::requests_failed),
    field<RequestTimes>("firstFailureSeconds",
                        "When the first of each kind happened, since the start",
                        &Tally::requests_failed),
    derived("inFlight", "In the phases handshake, write, wait and read",
            [](const Tally& tally) { return in_flight(tally).requests(); }),
    field("redirectsFollowed", "Of started: those that followed one", &Tally::redirects_followed),
    field("redirectsLeft",
          "With plan.redirects: to another authority, or one too many; not followed",
          &Tally::redirects_left),
    field("byUrl", "With several URLs, in the order of plan.lines or of plan.urls", &Tally::by_url),
    field("sentAgain",
          "On a new connection, as the server had just closed the old one, or had sent bytes on it "
          "that belong to no request; started once",
          &Tally::stale_reuses),
    derived("longerThanHour", "Responses that took so long",
            [](const Tally& tally) {
              return tally.latency.overflow() + tally.latency_of_refused.overflow();
            }),
    field("partialBodyBytes",
          "Of bodies that failed on the way or had not come to their end when the run did; not in "
          "summary.totalData",
          &Tally::partial_body_bytes),
    field("extraBytes", "Bytes behind responses, where none belong", &Tally::extra_bytes),
    field("unreadable", "Answers that were no HTTP/1.1, by what was wrong and by target",
          &Tally::unreadable),
    field(
        "lenient",
        "Responses with something that a server must not send and that leaves their end clear, by "
        "what it is; empty with plan.strictHttp",
        &Tally::lenient));

// Of a plan with a rate.
inline constexpr auto due_fields = table(
    derived("due", "Requests until the end", &Tally::due),
    derived("begun", "Of these; due = begun + neverBegun",
            [](const Tally& tally) { return tally.begin_delay.count(); }),
    field("begunLate", "Of begun: no connection was free when they were due", &Tally::begun_late),
    field("neverBegun", "", &Tally::never_begun),
    field("oldestNeverBegunSeconds", "How long before the end it was due",
          &Tally::oldest_never_begun),
    derived("beginDelayPercentiles", "From when a request was due until it was begun",
            [](const Tally& tally) { return quantiles(tally.begin_delay); }),
    derived("serviceTimePercentiles", "From then until its response, of any status",
            [](const Tally& tally) { return quantiles(tally.service_time); }));

inline constexpr auto in_flight_fields =
    table(derived("count", "", [](const Tally& tally) { return in_flight(tally).count; }),
          derived("oldestSeconds", "", [](const Tally& tally) { return in_flight(tally).oldest; }),
          derived("meanSeconds", "", [](const Tally& tally) { return in_flight(tally).mean; }),
          derived<CountByPhase>("byPhase", "Never idle: then no request is due",
                                [](const Tally& tally) { return in_flight(tally).by_phase; }),
          field("all", "Each of them: its phase, and its age in seconds", &Tally::in_flight));

inline constexpr auto histograms_fields = table(
    field("latency", "Of successes", &Tally::latency),
    field("latencyNotSuccessful", "", &Tally::latency_of_refused),
    field("firstByte", "", &Tally::first_byte),  //
    field("connect", "", &Tally::connect),       //
    field("meanByConnection", "The mean time of each connection with 10 responses or more",
          &Tally::mean_by_connection),
    field("handshake", "Of TLS", &Tally::handshake), field("beginDelay", "", &Tally::begin_delay),
    field("serviceTime", "", &Tally::service_time));

}  // namespace tws
