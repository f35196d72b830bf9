#include "tws/report/json.hpp"

#include "diagnosis_json.hpp"
#include "json_values.hpp"
#include "machines_json.hpp"
#include "tws/report/summary.hpp"
#include "tws/report/words.hpp"
#include "tws/support/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace tws {
namespace {

namespace json = boost::json;

std::optional<double> seconds(std::optional<std::chrono::nanoseconds> time) {
  if (!time) return {};
  return to_seconds(*time);
}

std::optional<double> per(std::uint64_t count, double divisor) {
  return ratio(static_cast<double>(count), divisor);
}

json::object plan_json(const Plan& plan, std::uint64_t source_addresses) {
  json::object range;
  if (plan.port_range) range = {{"low", plan.port_range->low}, {"high", plan.port_range->high}};
  return {{"url", plan.urls.empty() ? json::value(nullptr) : json::value(plan.urls.front())},
          {"urls", json::value_from(plan.urls)},
          {"durationSeconds", or_null(seconds(plan.duration))},
          {"requests", or_null(plan.requests)},
          {"rate", or_null(plan.rate)},
          {"connections", plan.connections},
          {"threads", plan.threads},
          {"method", plan.method},
          {"bodyBytes", plan.body.size()},
          {"timeoutSeconds", to_seconds(plan.timeout)},
          {"connectTimeoutSeconds", to_seconds(plan.connect_timeout)},
          {"keepAlive", plan.keep_alive()},
          {"requestsPerConnection", or_null(plan.requests_per_connection)},
          {"closeBy", name(plan.close_by)},
          {"ports", name(plan.ports)},
          {"sources", json::value_from(plan.sources)},
          {"sourceAddresses", source_addresses},
          {"portRange", plan.port_range ? json::value(range) : json::value(nullptr)},
          {"serverAdmin", or_null(plan.server_admin)}};
}

json::object environment_json(const Environment& environment) {
  return {{"os", text_or_null(environment.os)},
          {"kernel", text_or_null(environment.kernel)},
          {"cpus", environment.cpus > 0 ? json::value(environment.cpus) : json::value(nullptr)},
          {"version", text_or_null(environment.version)},
          {"startedAt", text_or_null(environment.started_at)}};
}

json::array targets_json(const std::vector<TargetUsed>& targets) {
  json::array all;
  for (const TargetUsed& target : targets)
    all.push_back({{"url", target.url},
                   {"address", text_or_null(target.address)},
                   {"refused", json::value_from(target.refused)}});
  return all;
}

json::value simulation_json(const std::optional<Simulated>& simulated) {
  if (!simulated) return nullptr;
  return {
      {"system", simulated->system},
      {"command", simulated->command},
      {"unchecked",
       simulated->unchecked.empty() ? json::value(nullptr) : json::value(simulated->unchecked)},
      {"check", simulated->check.empty() ? json::value(nullptr) : json::value(simulated->check)}};
}

using NameOf = std::string (*)(const FailureKind&);

json::object counts_json(const Failures& failures, NameOf name_of) {
  json::object counts;
  for (const auto& [kind, failure] : failures) counts[name_of(kind)] = failure.count;
  return counts;
}

json::object firsts_json(const Failures& failures, NameOf name_of) {
  json::object firsts;
  for (const auto& [kind, failure] : failures) firsts[name_of(kind)] = to_seconds(failure.first);
  return firsts;
}

json::object summary_json(const Run& run) {
  const Tally& tally = run.tally;
  const auto size = per(tally.body_bytes, static_cast<double>(tally.responses()));
  return {{"successRate", or_null(success_rate(tally))},
          {"total", run.seconds},
          {"slowest", or_null(tally.latency.max())},
          {"fastest", or_null(tally.latency.min())},
          {"average", or_null(tally.latency.mean())},
          {"requestsPerSec", or_null(per(tally.successes(), run.seconds))},
          {"responsesPerSec", or_null(per(tally.responses(), run.seconds))},
          {"attemptsPerSec", or_null(per(tally.attempts_started, run.seconds))},
          {"totalData", tally.body_bytes},
          {"sizePerRequest", size ? json::value(whole(*size)) : json::value(nullptr)},
          {"sizePerSec", or_null(per(tally.body_bytes, run.seconds))}};
}

json::value milliseconds(std::optional<double> time) {
  if (time) *time *= 1e3;
  return or_null(time);
}

json::object metrics_json(const Run& run, const Quantiles& latency) {
  const auto at = [&](std::string_view key) -> json::value {
    for (std::size_t i = 0; i < percentiles.size(); ++i)
      if (percentiles[i].key == key && latency[i]) return milliseconds(latency[i]->seconds);
    return nullptr;
  };
  const Histogram& measured = run.tally.latency;
  return {{"success_rate", or_null(success_rate(run.tally))},
          {"requests_per_sec", or_null(per(run.tally.successes(), run.seconds))},
          {"latency_ms",
           {{"min", milliseconds(measured.min())},
            {"mean", milliseconds(measured.mean())},
            {"p50", at("p50")},
            {"p95", at("p95")},
            {"p99", at("p99")},
            {"max", milliseconds(measured.max())}}}};
}

json::object bins_json(const Histogram& histogram) {
  json::object all;
  for (const Bin& bin : bins(histogram)) all[fmt::format("{:.9g}", bin.up_to)] = bin.count;
  return all;
}

json::object percentiles_json(const Quantiles& quantiles) {
  json::object all;
  for (std::size_t i = 0; i < percentiles.size(); ++i)
    all[percentiles[i].key] = quantiles[i] ? json::value(quantiles[i]->seconds) : nullptr;
  return all;
}

json::object lower_bounds_json(const Quantiles& quantiles) {
  json::object all;
  for (std::size_t i = 0; i < percentiles.size(); ++i)
    all[percentiles[i].key] = quantiles[i] && quantiles[i]->lower_bound;
  return all;
}

json::object rps_json(const Run& run) {
  const auto statistics = rate_statistics(run);
  json::object shares;
  for (std::size_t i = 0; i < percentiles.size(); ++i)
    shares[percentiles[i].key] = statistics ? json::value(statistics->at[i]) : nullptr;
  const auto of = [&](double RateStatistics::*member) {
    return statistics ? json::value((*statistics).*member) : json::value(nullptr);
  };
  return {{"mean", of(&RateStatistics::mean)},
          {"stddev", statistics ? or_null(statistics->deviation) : json::value(nullptr)},
          {"max", of(&RateStatistics::max)},
          {"min", of(&RateStatistics::min)},
          {"percentiles", shares}};
}

json::object spread_json(const Histogram& times) {
  return {{"average", or_null(times.mean())},
          {"fastest", or_null(times.min())},
          {"slowest", or_null(times.max())}};
}

json::object details_json(const Run& run) {
  // No name, no lookup, no time.
  const double lookup = run.lookup_seconds.value_or(0);
  return {{"DNSDialup", spread_json(run.tally.connect)},
          {"DNSLookup", {{"average", lookup}, {"fastest", lookup}, {"slowest", lookup}}},
          {"firstByte", spread_json(run.tally.first_byte)}};
}

json::object status_codes_json(const Tally& tally) {
  json::object codes;
  for (std::size_t status = 0; status < tally.responses_by_status.size(); ++status)
    if (const auto count = tally.responses_by_status[status])
      codes[fmt::format("{:03}", status)] = count;
  return codes;
}

json::object errors_json(const Run& run) {
  json::object errors;
  for (const auto& [kind, failure] : failures(run.tally)) errors[name(kind)] = failure.count;
  if (const auto count = in_flight(run.tally).on_the_way()) errors["in flight at the end"] = count;
  return errors;
}

json::object requests_json(const Tally& tally) {
  return {{"started", tally.requests_started},
          {"responses", tally.responses()},
          {"succeeded", tally.successes()},
          {"failed", counts_json(tally.requests_failed, name)},
          {"firstFailureSeconds", firsts_json(tally.requests_failed, name)},
          {"inFlight", in_flight(tally).requests()},
          {"sentAgain", tally.stale_reuses},
          {"longerThanHour", tally.latency.overflow() + tally.latency_of_refused.overflow()},
          {"partialBodyBytes", tally.partial_body_bytes},
          {"extraBytes", tally.extra_bytes}};
}

json::value rate_json(const Run& run) {
  const auto kept = rate_kept(run);
  if (!kept) return nullptr;
  const Tally& tally = run.tally;
  return {{"asked", *run.plan.rate},
          {"due", kept->due},
          {"begun", kept->begun},
          {"begunLate", tally.begun_late},
          {"neverBegun", tally.never_begun},
          {"oldestNeverBegunSeconds", to_seconds(tally.oldest_never_begun)},
          {"beginDelayPercentiles", percentiles_json(quantiles(tally.begin_delay))},
          {"serviceTimePercentiles", percentiles_json(quantiles(tally.service_time))}};
}

template <typename Values>
json::object by_phase_json(const Values& values) {
  json::object phases;
  for (std::size_t i = 0; i < phase_names.size(); ++i) phases[phase_names[i]] = values[i];
  return phases;
}

json::object in_flight_json(const Tally& tally) {
  const auto summary = in_flight(tally);
  json::array all;
  for (const InFlight& one : tally.in_flight)
    all.push_back(json::array{phase_names[index(one.phase)], to_seconds(one.age)});
  return {{"count", summary.count},
          {"oldestSeconds", or_null(summary.oldest)},
          {"meanSeconds", or_null(summary.mean)},
          {"byPhase", by_phase_json(summary.by_phase)},
          {"all", all}};
}

json::object time_json(const Run& run) {
  const double all = run.plan.connections * run.seconds;
  double accounted = 0;
  std::array<json::value, phase_names.size()> shares;
  for (std::size_t i = 0; i < shares.size(); ++i) {
    const double time = to_seconds(run.tally.time_in_phase[i]);
    accounted += time;
    shares[i] = or_null(ratio(time, all));
  }
  return {{"connectionSeconds", all},
          {"accountedSeconds", accounted},
          {"longestStandstillSeconds", to_seconds(run.tally.longest_standstill)},
          {"shares", by_phase_json(shares)}};
}

json::object connect_json(const Histogram& connect) {
  return {{"count", connect.count()},
          {"mean", or_null(connect.mean())},
          {"p50", or_null(connect.quantile(0.5))},
          {"p99", or_null(connect.quantile(0.99))},
          {"max", or_null(connect.max())}};
}

// Everything that was recorded, so that a saved run can be read again.
json::object histogram_json(const Histogram& histogram) {
  const auto saved = histogram.save();
  return {{"min", saved.min},
          {"max", saved.max},
          {"sum", saved.sum},
          {"overflow", saved.overflow},
          {"buckets", json::value_from(saved.buckets)}};
}

json::value sockets_json(const std::optional<Census>& census) {
  if (!census) return nullptr;
  return {{"client", state_counts_json(census->client)},
          {"server", state_counts_json(census->server)},
          {"clientPorts", census->client_ports}};
}

json::array timeline_json(const std::vector<Sample>& timeline) {
  json::array all;
  for (const Sample& sample : timeline)
    all.push_back({{"t", sample.t},
                   {"requests", sample.requests},
                   {"errors", sample.errors},
                   {"p50", or_null(sample.p50)},
                   {"p99", or_null(sample.p99)},
                   {"timeWait", or_null(sample.time_wait)},
                   {"sockets", sockets_json(sample.sockets)}});
  return all;
}

}  // namespace

json::value to_json(const Run& run, const Diagnosis& diagnosis) {
  const Tally& tally = run.tally;
  const auto latency = quantiles(tally.latency, unfinished(tally));
  const auto first_byte = quantiles(tally.first_byte, without_first_byte(tally));
  json::object root{
      {"schema", "hammer/1"},
      {"interrupted", run.signal.has_value()},
      {"signal", run.signal ? json::value(signal_name(*run.signal)) : json::value(nullptr)},
      {"signalNumber", or_null(run.signal)},
      {"summary", summary_json(run)},
      {"metrics", metrics_json(run, latency)},
      {"responseTimeHistogram", bins_json(tally.latency)},
      {"latencyPercentiles", percentiles_json(latency)},
      {"latencyLowerBound", lower_bounds_json(latency)},
      {"firstByteHistogram", bins_json(tally.first_byte)},
      {"firstBytePercentiles", percentiles_json(first_byte)},
      {"firstByteLowerBound", lower_bounds_json(first_byte)}};
  if (!tally.latency_of_refused.empty()) {
    root["responseTimeHistogramNotSuccessful"] = bins_json(tally.latency_of_refused);
    root["latencyPercentilesNotSuccessful"] = percentiles_json(quantiles(tally.latency_of_refused));
  }
  root["rps"] = rps_json(run);
  root["details"] = details_json(run);
  root["statusCodeDistribution"] = status_codes_json(tally);
  root["errorDistribution"] = errors_json(run);
  root["simulation"] = simulation_json(run.simulated);
  root["plan"] = plan_json(run.plan, run.source_addresses);
  root["environment"] = environment_json(run.environment);
  root["targets"] = targets_json(run.targets);
  root["attempts"] = {{"started", tally.attempts_started},
                      {"connected", tally.attempts_connected},
                      {"failed", counts_json(tally.attempts_failed, cause_name)},
                      {"firstFailureSeconds", firsts_json(tally.attempts_failed, cause_name)},
                      {"secondsInConnectCall", to_seconds(tally.time_in_connect_call)}};
  root["connections"] = {{"asked", run.plan.connections},
                         {"opened", tally.attempts_connected},
                         {"peak", tally.peak_open},
                         {"closedBy",
                          {{"client", tally.closed_by_client},
                           {"server", tally.closed_by_server},
                           {"reset", tally.closed_by_reset}}},
                         {"serverKeptOpen", tally.server_kept_open},
                         {"ownPortsGivenUp", tally.own_ports_given_up}};
  root["requests"] = requests_json(tally);
  root["rate"] = rate_json(run);
  root["inFlight"] = in_flight_json(tally);
  root["time"] = time_json(run);
  root["connect"] = connect_json(tally.connect);
  root["limits"] = limits_json(run.limits);
  root["sockets"] = {{"before", sockets_json(run.sockets_before)},
                     {"after", sockets_json(run.sockets_after)}};
  root["census"] = {{"count", run.censuses}, {"seconds", run.census_seconds}};
  root["timeline"] = timeline_json(run.timeline);
  root["counters"] = json::value_from(run.counters);
  root["cpu"] = cpu_json(run.cpu);
  root["serverSide"] = server_side_json(run.server_side);
  root["budget"] = budget_json(diagnosis.budget);
  root["findings"] = findings_json(diagnosis.findings);
  root["verdict"] = verdict_json(diagnosis.verdict);
  root["histograms"] = {{"latency", histogram_json(tally.latency)},
                        {"latencyNotSuccessful", histogram_json(tally.latency_of_refused)},
                        {"firstByte", histogram_json(tally.first_byte)},
                        {"connect", histogram_json(tally.connect)},
                        {"beginDelay", histogram_json(tally.begin_delay)},
                        {"serviceTime", histogram_json(tally.service_time)}};
  return root;
}

}  // namespace tws
