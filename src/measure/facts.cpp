#include "tws/measure/facts.hpp"

#include "support/units.hpp"

#include <algorithm>
#include <cerrno>
#include <cmath>

namespace tws {
namespace {

Histogram ages_until(const Tally& tally, Phase last) {
  Histogram ages;
  for (const auto& [phase, age] : tally.in_flight)
    if (phase <= last) ages.record(age);
  // They came due evenly, one after the other; for more than some thousands a sample of them is
  // enough.
  constexpr std::uint64_t most_steps = 5000;
  const auto count = tally.never_begun, steps = std::min(count, most_steps);
  for (std::uint64_t i = 0; i < steps; ++i)
    ages.record(tally.oldest_never_begun / steps * (i + 1), count / steps + (i < count % steps));
  return ages;
}

// The width of a sample, in seconds; the same for all but the last one.
double usual_width(const Run& run) {
  const double first = run.timeline.size() > 1 ? run.timeline.front().t : 0;
  return std::max(first, to_seconds(sample_interval));
}

}  // namespace

std::optional<double> ratio(double dividend, double divisor) {
  if (!(divisor > 0)) return {};
  return dividend / divisor;
}

std::optional<double> deviation(const Histogram& histogram) {
  if (histogram.count() < 2) return {};
  double squares = 0;
  for (const auto& [nanoseconds, count] : histogram.save().buckets) {
    const double distance = static_cast<double>(nanoseconds) / 1e9 - *histogram.mean();
    squares += distance * distance * static_cast<double>(count);
  }
  return std::sqrt(squares / static_cast<double>(histogram.count() - 1));
}

std::optional<double> success_rate(const Tally& tally) {
  return ratio(static_cast<double>(tally.successes()), static_cast<double>(ended(tally)));
}

std::uint64_t ended(const Tally& tally) {
  return tally.responses() + total(tally.requests_failed) + total(tally.attempts_failed);
}

std::uint64_t never_left(const Tally& tally) {
  std::uint64_t count = 0;
  for (const auto& [kind, failure] : tally.attempts_failed)
    if (is_local(kind)) count += failure.count;
  return count;
}

Histogram unfinished(const Tally& tally) {
  return ages_until(tally, Phase::read);
}

Histogram without_first_byte(const Tally& tally) {
  return ages_until(tally, Phase::wait);
}

std::optional<Quantile> latency_quantile(const Tally& tally, double share) {
  return quantile_with_unfinished(tally.latency, unfinished(tally), share);
}

std::optional<RateKept> rate_kept(const Run& run) {
  if (!run.plan.is_paced()) return {};
  return RateKept{run.tally.due(), run.tally.begin_delay.count()};
}

std::uint64_t InFlightSummary::requests() const {
  return by_phase[index(Phase::handshake)] + by_phase[index(Phase::write)] +
         by_phase[index(Phase::wait)] + by_phase[index(Phase::read)];
}

std::uint64_t InFlightSummary::on_the_way() const {
  return requests() + by_phase[index(Phase::connect)];
}

InFlightSummary in_flight(const Tally& tally) {
  InFlightSummary summary;
  std::chrono::nanoseconds oldest{};
  std::chrono::duration<double> sum{};
  for (const auto& [phase, age] : tally.in_flight) {
    ++summary.count;
    ++summary.by_phase[index(phase)];
    oldest = std::max(oldest, age);
    sum += age;
  }
  if (summary.count == 0) return summary;
  summary.oldest = to_seconds(oldest);
  summary.mean = sum.count() / static_cast<double>(summary.count);
  return summary;
}

std::vector<std::pair<FailureKind, Failure>> failures(const Tally& tally) {
  std::vector<std::pair<FailureKind, Failure>> all;
  for (const auto* failures : {&tally.attempts_failed, &tally.requests_failed})
    for (const auto& [kind, failure] : *failures) all.push_back({kind, failure});
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& a, const auto& b) { return a.second.count > b.second.count; });
  return all;
}

std::optional<std::uint64_t> peak_ports(const Run& run) {
  std::optional<std::uint64_t> peak;
  const auto see = [&](const std::optional<Census>& census) {
    if (census) peak = std::max(peak.value_or(0), census->client_ports);
  };
  see(run.sockets_before);
  for (const Sample& sample : run.timeline) see(sample.sockets);
  see(run.sockets_after);
  return peak;
}

std::string_view name(Fared fared) {
  switch (fared) {
    case Fared::as_predicted:
      return "asPredicted";
    case Fared::ports_left:
      return "portsLeft";
    case Fared::otherwise:
      return "otherwise";
  }
  return {};
}

Fared fared(const Trial& trial, const Prediction& predicted) {
  constexpr double margin = 0.1;
  // A few find all ports of --ports rotate in use where there are hardly more than connections.
  if (!predicted.ceiling)
    return trial.connected > 0 && trial.without_port * 100 <= trial.connected ? Fared::as_predicted
                                                                              : Fared::otherwise;
  const auto made = static_cast<double>(trial.connected);
  if (made > (1 + margin) * static_cast<double>(predicted.most)) return Fared::otherwise;
  if (made >= (1 - margin) * static_cast<double>(predicted.fewest)) return Fared::as_predicted;
  return trial.without_port == 0 && trial.connected > 0 ? Fared::ports_left : Fared::otherwise;
}

std::vector<Slice> slices(const Run& run) {
  const double shortest = usual_width(run) / 2;
  std::vector<Slice> result;
  std::optional<std::uint64_t> ports;
  if (run.sockets_before) ports = run.sockets_before->client_ports;
  double from = 0;
  for (const Sample& sample : run.timeline) {
    if (sample.sockets) ports = sample.sockets->client_ports;
    const auto held = ports ? ports : sample.time_wait;
    if (sample.t - from >= shortest || (result.empty() && sample.t > from)) {
      result.push_back({from, sample.t, sample.requests, held});
      from = sample.t;
    } else if (!result.empty()) {
      result.back().requests += sample.requests;
      result.back().to = from = std::max(from, sample.t);
      if (held) result.back().held = held;
    }
  }
  return result;
}

double best_rate(const Run& run) {
  double best = 0;
  for (const Slice& slice : slices(run)) best = std::max(best, slice.rate());
  return best;
}

double successes_until(const Run& run, double seconds) {
  double sum = 0;
  for (const Slice& slice : slices(run)) {
    if (slice.from >= seconds) break;
    const double part = std::min((seconds - slice.from) / (slice.to - slice.from), 1.0);
    sum += static_cast<double>(slice.requests) * part;
  }
  return sum;
}

double requests_each(const Plan& plan) {
  return static_cast<double>(std::max<std::uint64_t>(plan.requests_per_connection.value_or(1), 1));
}

std::optional<WhilePortsLasted> while_ports_lasted(const Run& run,
                                                   std::optional<std::uint64_t> burst,
                                                   double hold_seconds) {
  const auto found = run.tally.attempts_failed.find(EADDRNOTAVAIL);
  if (found == run.tally.attempts_failed.end() || found->second.count == 0) return {};
  const double seconds = to_seconds(found->second.first);
  if (seconds <= 0) return {};
  std::uint64_t connections = run.tally.attempts_connected;
  // All connections were made before that moment, unless ports became free later.
  if (burst && hold_seconds < run.seconds) {
    if (seconds <= hold_seconds)
      connections = std::min(connections, *burst);
    else
      connections = whole(successes_until(run, seconds) / requests_each(run.plan));
  }
  if (connections == 0) return {};
  return WhilePortsLasted{seconds, connections};
}

}  // namespace tws
