// The table of a run: all of it, and what people and oha's readers look for first. See
// json_fields.hpp.
#pragma once

#include "report/machine_fields.hpp"
#include "report/plan_fields.hpp"
#include "report/stage_fields.hpp"
#include "report/tally_fields.hpp"
#include "report/way_fields.hpp"
#include "report/words.hpp"

namespace tws {

inline std::optional<double> milliseconds(std::optional<double> seconds) {
  if (seconds) *seconds *= 1e3;
  return seconds;
}

inline Quantiles latency_quantiles(const Run& run) {
  return quantiles(run.tally.latency, unfinished(run.tally));
}
inline Quantiles first_byte_quantiles(const Run& run) {
  return quantiles(run.tally.first_byte, without_first_byte(run.tally));
}
inline std::optional<double> success_rate_of(const Run& run) {
  return success_rate(run.tally);
}
inline std::optional<double> requests_per_second(const Run& run) {
  return per(run.tally.successes(), run.seconds);
}

inline std::optional<double> handshakes_per_second(const Run& run) {
  return per(run.tally.handshakes_full + run.tally.handshakes_resumed, run.seconds);
}

inline constexpr auto summary_fields = table(
    derived("successRate",
            "Successes of everything that ended: responses, failed requests, failed attempts; 0 to "
            "1",
            success_rate_of),
    field("total", "Length of the run", &Run::seconds),
    derived("slowest", "Of successes", [](const Run& run) { return run.tally.latency.max(); }),
    derived("fastest", "Of successes", [](const Run& run) { return run.tally.latency.min(); }),
    derived("average", "Of successes", [](const Run& run) { return run.tally.latency.mean(); }),
    derived("requestsPerSec", "Successes per second", requests_per_second),
    derived("responsesPerSec", "Responses of any status per second",
            [](const Run& run) { return per(run.tally.responses(), run.seconds); }),
    derived("attemptsPerSec", "Attempts to connect per second",
            [](const Run& run) { return per(run.tally.attempts_started, run.seconds); }),
    part(&Run::tally, field("totalData", "Bytes of all response bodies", &Tally::body_bytes)),
    derived("sizePerRequest", "Bytes of the average response body, rounded",
            [](const Run& run) -> std::optional<std::uint64_t> {
              const auto size =
                  per(run.tally.body_bytes, static_cast<double>(run.tally.responses()));
              return size ? std::optional(whole(*size)) : std::nullopt;
            }),
    derived("sizePerSec", "Bytes of response bodies per second",
            [](const Run& run) { return per(run.tally.body_bytes, run.seconds); }));

template <std::size_t percentile>
std::optional<double> latency_ms(const Run& run) {
  static_assert(percentile < percentiles.size());
  const auto quantile = latency_quantiles(run)[percentile];
  return milliseconds(quantile ? std::optional(quantile->seconds) : std::nullopt);
}
inline constexpr auto metrics_fields = table(
    derived("success_rate", "", success_rate_of),
    derived("requests_per_sec", "Successes per second", requests_per_second),
    group(
        "latency_ms", "In milliseconds. The percentiles are those of latencyPercentiles",
        derived("min", "", [](const Run& run) { return milliseconds(run.tally.latency.min()); }),
        derived("mean", "", [](const Run& run) { return milliseconds(run.tally.latency.mean()); }),
        derived("p50", "", latency_ms<2>),  //
        derived("p95", "", latency_ms<5>),  //
        derived("p99", "", latency_ms<6>),
        derived("max", "", [](const Run& run) { return milliseconds(run.tally.latency.max()); })));
static_assert(percentiles[2].key == "p50" && percentiles[5].key == "p95" &&
              percentiles[6].key == "p99");

template <double RateStatistics::*member>
std::optional<double> of_rates(const Run& run) {
  const auto statistics = rate_statistics(run);
  return statistics ? std::optional((*statistics).*member) : std::nullopt;
}
inline constexpr auto rps_fields =
    table(derived("mean", "", of_rates<&RateStatistics::mean>),
          derived("stddev", "",
                  [](const Run& run) {
                    const auto statistics = rate_statistics(run);
                    return statistics ? statistics->deviation : std::nullopt;
                  }),
          derived("max", "", of_rates<&RateStatistics::max>),
          derived("min", "", of_rates<&RateStatistics::min>),
          derived("percentiles", "Per second, not seconds", [](const Run& run) {
            NumberAt rates;
            if (const auto statistics = rate_statistics(run))
              for (std::size_t i = 0; i < rates.size(); ++i) rates[i] = statistics->at[i];
            return rates;
          }));

// No name, no lookup, no time.
inline Spread lookup_spread(const Run& run) {
  const double lookup = run.lookup_seconds.value_or(0);
  return {lookup, lookup, lookup};
}
inline constexpr auto details_fields = table(
    derived("DNSDialup",
            "Attempts that connected. Names are looked up once, before the run, which is not "
            "part of it",
            [](const Run& run) { return spread(run.tally.connect); }),
    derived("DNSLookup", "The lookup of names before the run; 0 where all targets are addresses",
            lookup_spread),
    derived("firstByte", "", [](const Run& run) { return spread(run.tally.first_byte); }));

inline bool has_refused(const Run& run) {
  return !run.tally.latency_of_refused.empty();
}

// What oha has.
inline constexpr auto oha_fields = table(
    group("summary", "", summary_fields),
    group("metrics", "The main numbers once more, under oha's names", metrics_fields),
    derived("responseTimeHistogram",
            "Of successes, from the beginning of the request's write, or of the attempt to connect "
            "where the request opened its connection, to the last byte of the response",
            [](const Run& run) { return bins(run.tally.latency); }),
    derived("latencyPercentiles",
            "Of successes, and of what was on its way when the run ended, with the age it had then",
            latency_quantiles),
    derived<LowerBounds>("latencyLowerBound",
                         "Which of latencyPercentiles could be more than 1 % higher, depending on "
                         "what was on its way",
                         latency_quantiles),
    derived("firstByteHistogram",
            "The same to the first byte of the response, of responses of any status",
            [](const Run& run) { return bins(run.tally.first_byte); }),
    derived("firstBytePercentiles", "", first_byte_quantiles),
    derived<LowerBounds>("firstByteLowerBound", "", first_byte_quantiles),
    sometimes<Json<std::vector<Bin>>>(
        "responseTimeHistogramNotSuccessful",
        "Only where there are responses that are no successes: theirs",
        [](const Run& run) {
          return has_refused(run) ? std::optional(bins(run.tally.latency_of_refused))
                                  : std::nullopt;
        }),
    sometimes<Json<Quantiles>>("latencyPercentilesNotSuccessful",
                               "Only where there are responses that are no successes: theirs",
                               [](const Run& run) {
                                 return has_refused(run)
                                            ? std::optional(quantiles(run.tally.latency_of_refused))
                                            : std::nullopt;
                               }),
    group("rps",
          "Successes per second, over the samples of the timeline; a last one of less than half "
          "their length is part of the one before",
          rps_fields),
    group("details", "", details_fields),
    part(&Run::tally,
         field<StatusCounts>("statusCodeDistribution", "Responses by status",
                             &Tally::responses_by_status),
         derived<ErrorDistribution>(
             "errorDistribution",
             "Failures by kind, those of attempts as \"connect: ERRNO\"; and \"in flight at the "
             "end\" for what was on its way when the run ended",
             [](const Tally& tally) -> const Tally& { return tally; })));

inline bool has_rate(const Run& run) {
  return run.plan.is_paced();
}
inline constexpr auto rate_fields =
    table(derived("asked", "Requests per second; null where plan.profile has it over time",
                  [](const Run& run) { return run.plan.rate; }),
          part(&Run::tally, due_fields));

inline double connection_seconds_of(const Run& run) {
  return connection_seconds(run.plan, run.seconds);
}
inline constexpr auto time_fields = table(
    derived("connectionSeconds", "Connections asked for x length of the run",
            connection_seconds_of),
    derived("accountedSeconds", "Spent in any of the phases",
            [](const Run& run) {
              double sum = 0;
              for (const auto time : run.tally.time_in_phase) sum += to_seconds(time);
              return sum;
            }),
    part(&Run::tally,
         field("longestStandstillSeconds",
               "That hammer's own loop came late at most: stopped by a signal, without a CPU, or "
               "in connect()",
               &Tally::longest_standstill),
         field<ByPhase<Nanoseconds>>("nanoseconds",
                                     "idle: no request is due (plan.rate), or none is left "
                                     "(plan.requests)",
                                     &Tally::time_in_phase)),
    derived<ByPhase<Json<std::optional<double>>>>(
        "shares", "Of connectionSeconds; 0 to 1", [](const Run& run) {
          std::array<std::optional<double>, phase_names.size()> shares;
          for (std::size_t i = 0; i < shares.size(); ++i)
            shares[i] = ratio(to_seconds(run.tally.time_in_phase[i]), connection_seconds_of(run));
          return shares;
        }));

inline constexpr auto signal_fields =
    table(derived("interrupted", "Whether a signal ended the run early",
                  [](const Run& run) { return run.signal.has_value(); }),
          derived("signal", "That signal's name, such as SIGINT",
                  [](const Run& run) {
                    return run.signal ? std::optional(signal_name(*run.signal)) : std::nullopt;
                  }),
          field("signalNumber", "", &Run::signal),
          field("stoppedBy", "The threshold that ended the run early", &Run::stopped_by));

template <>
inline constexpr auto fields_of<Prediction> = table(
    field("ceiling", "False: no attempt fails for want of a port", &Prediction::ceiling),
    field("fewest", "Connections with a ceiling, where the ports are used up", &Prediction::fewest),
    field("most", "", &Prediction::most));
template <>
struct Json<Fared> : Named<Fared, Fared::as_predicted, Fared::ports_left, Fared::otherwise> {};
template <>
inline constexpr auto fields_of<Trial> = table(
    field("change", "As it is typed", &Trial::change),
    field("connections", "", &Trial::connections),  //
    field("seconds", "", &Trial::seconds),          //
    field("requestsPerSec", "Successes per second", &Trial::rate),
    field("gotThrough", "Successes of everything that ended; 0 to 1", &Trial::got_through),
    field("latencyAverage", "Of successes", &Trial::latency),
    field("remedy", "Of a finding, that it tries; empty: none", &Trial::remedy),
    field("predicted", "Of that remedy; null: nothing is", &Trial::predicted),
    derived("fared", "How the prediction did; within a tenth counts as met",
            [](const Trial& one) {
              return one.predicted ? std::optional(fared(one, *one.predicted)) : std::nullopt;
            }),
    field("connected", "Connections that were made", &Trial::connected),
    field("withoutPort", "Attempts that failed for want of a source port", &Trial::without_port));

inline constexpr auto own_fields = table(
    field("simulation",
          "Of a run of `hammer simulate`: no kernel and no server took part, and environment says "
          "whose rules were played; null for a real run",
          &Run::simulated),
    group("plan", "What was asked for", part(&Run::plan, fields_of<Plan>),
          field("sourceAddresses", "That the sources name", &Run::source_addresses)),
    field("environment", "", &Run::environment),  //
    field("targets", "", &Run::targets),
    field("lookupSeconds", "The lookup of their names; null where all are addresses",
          &Run::lookup_seconds),
    group("attempts", "Tries to connect: started = connected + failed + inFlight.byPhase.connect",
          part(&Run::tally, attempts_fields)),
    group("connections", "",
          derived("asked", "To be open at the same time",
                  [](const Run& run) { return run.plan.connections; }),
          part(&Run::tally, connections_fields)),
    group("requests", "started = responses + failed + inFlight",
          part(&Run::tally, requests_fields)),
    group_if(has_rate, "rate", "How far a run with plan.rate kept to it; null without one",
             rate_fields),
    group("inFlight", "Connections that were busy when the run ended",
          part(&Run::tally, in_flight_fields)),
    group("time", "Where the connections' time went", time_fields),
    group("connect", "Attempts that connected",
          derived("count", "", [](const Run& run) { return run.tally.connect.count(); }),
          derived("mean", "", [](const Run& run) { return run.tally.connect.mean(); }),
          derived("p50", "", [](const Run& run) { return run.tally.connect.quantile(0.5); }),
          derived("p99", "", [](const Run& run) { return run.tally.connect.quantile(0.99); }),
          derived("max", "", [](const Run& run) { return run.tally.connect.max(); })),
    group("tls", "Handshakes of TLS; without https there are none",
          derived("handshakesPerSec", "Full and resumed", handshakes_per_second),
          derived("handshakeSeconds", "Of full and resumed ones",
                  [](const Run& run) { return spread(run.tally.handshake); }),
          derived("handshakePercentiles", "",
                  [](const Run& run) { return quantiles(run.tally.handshake); }),
          part(&Run::tally, tls_fields)),
    field("limits", "What the operating system allows", &Run::limits),
    group("sockets", "TCP sockets towards the target; null without a census",
          field("before", "", &Run::sockets_before), field("after", "", &Run::sockets_after)),
    group("census", "How often the sockets were counted, and what that cost in all",
          field("count", "", &Run::censuses), field("seconds", "", &Run::census_seconds)),
    field("counters",
          "The kernel's TCP counters that moved during the run, by how much. They are the whole "
          "network namespace's, not only this run's",
          &Run::counters),
    field("cpu", "How busy the two ends were over the run; busy is in cores, busiestThread 0 to 1",
          &Run::cpu),
    field("serverSide",
          "How the server saw itself, as a tws-server's admin listener told it (plan.serverAdmin); "
          "null without. The server's side of sockets and timeline, cpu.server and cpu.servers are "
          "of it then. Times are since the start",
          &Run::server_side),
    field(
        "way",
        "What the kernel counted for the run's own sockets (Linux, struct tcp_info); null without "
        "a census, or where the kernel does not tell",
        &Run::way),
    field("upstreams",
          "Connections of the processes that serve a target to others; null where they can't be "
          "looked at",
          &Run::upstreams),
    field("timeline", "Ten samples per second; wider ones where a run takes more than five minutes",
          &Run::timeline),
    field("trials",
          "Short runs after the run, each with one thing changed (--prove); nothing of them is in "
          "the other numbers",
          &Run::trials),
    field("warmUp",
          "The load before the run, of which nothing else here tells; null without a warm-up",
          &Run::warm_up),
    field("stages",
          "Of plan.profile, one after the other, as far as the run came; the verdict of each is in "
          "stageVerdicts",
          &Run::stages),
    group("histograms", "All that was recorded", part(&Run::tally, histograms_fields)));

template <>
inline constexpr auto fields_of<Run> = tables(signal_fields, oha_fields, own_fields);

}  // namespace tws
