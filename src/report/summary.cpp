#include "tws/report/summary.hpp"

#include "tws/support/units.hpp"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <numeric>

namespace tws {
namespace {

constexpr std::size_t bin_count = 11;  // as many as oha's

Histogram ages_until(const Tally& tally, Phase last) {
  Histogram ages;
  for (const auto& [phase, age] : tally.in_flight)
    if (phase <= last) ages.record(age);
  // They came due one after the other, evenly; beyond some thousands a few are as good as all.
  constexpr std::uint64_t most_steps = 5000;
  const auto count = tally.never_begun, steps = std::min(count, most_steps);
  for (std::uint64_t i = 0; i < steps; ++i)
    ages.record(tally.oldest_never_begun / steps * (i + 1), count / steps + (i < count % steps));
  return ages;
}

}  // namespace

std::optional<double> ratio(double dividend, double divisor) {
  if (!(divisor > 0)) return {};
  return dividend / divisor;
}

std::optional<double> success_rate(const Tally& tally) {
  return ratio(static_cast<double>(tally.successes()), static_cast<double>(ended(tally)));
}

std::uint64_t ended(const Tally& tally) {
  return tally.responses() + total(tally.requests_failed) + total(tally.attempts_failed);
}

std::uint64_t never_left(const Tally& tally) {
  std::uint64_t count = 0;
  for (const int error : {EADDRNOTAVAIL, EADDRINUSE, EMFILE, ENFILE, ENOBUFS, ENOMEM})
    if (const auto found = tally.attempts_failed.find(error); found != tally.attempts_failed.end())
      count += found->second.count;
  return count;
}

std::vector<Bin> bins(const Histogram& histogram) {
  if (histogram.empty()) return {};
  const double slowest = *histogram.max();
  if (*histogram.min() == slowest) return {{slowest, histogram.count()}};

  const double fastest = std::max(*histogram.min(), 1e-9);  // 0 has no logarithm
  const bool linear = slowest < 2 * fastest;
  std::vector<Bin> result;
  std::uint64_t seen = 0;
  for (std::size_t i = 1; i < bin_count; ++i) {
    const double part = static_cast<double>(i) / double{bin_count};
    const double edge =
        linear ? std::lerp(fastest, slowest, part) : fastest * std::pow(slowest / fastest, part);
    const std::uint64_t up_to_here = histogram.count_up_to(edge);
    result.push_back({edge, up_to_here - seen});
    seen = up_to_here;
  }
  result.push_back({slowest, histogram.count() - seen});
  return result;
}

Quantiles quantiles(const Histogram& measured, const Histogram& ages) {
  Quantiles result;
  for (std::size_t i = 0; i < percentiles.size(); ++i)
    result[i] = quantile_with_unfinished(measured, ages, percentiles[i].share);
  return result;
}

Histogram unfinished(const Tally& tally) {
  return ages_until(tally, Phase::read);
}

Histogram without_first_byte(const Tally& tally) {
  return ages_until(tally, Phase::wait);
}

std::optional<RateKept> rate_kept(const Run& run) {
  if (!run.plan.rate) return {};
  return RateKept{run.tally.due(), run.tally.begin_delay.count()};
}

std::uint64_t InFlightSummary::requests() const {
  return by_phase[index(Phase::write)] + by_phase[index(Phase::wait)] +
         by_phase[index(Phase::read)];
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

std::vector<Slice> slices(const Run& run) {
  constexpr double shortest = std::chrono::duration<double>(sample_interval).count() / 2;
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

std::optional<RateStatistics> rate_statistics(const Run& run) {
  std::vector<double> rates;
  for (const Slice& slice : slices(run)) rates.push_back(slice.rate());
  if (rates.empty()) return {};
  std::sort(rates.begin(), rates.end());

  RateStatistics statistics{};
  const auto count = static_cast<double>(rates.size());
  statistics.mean = std::accumulate(rates.begin(), rates.end(), 0.0) / count;
  statistics.min = rates.front();
  statistics.max = rates.back();
  if (rates.size() > 1) {
    double squares = 0;
    for (const double rate : rates) squares += (rate - statistics.mean) * (rate - statistics.mean);
    statistics.deviation = std::sqrt(squares / (count - 1));
  }
  for (std::size_t i = 0; i < percentiles.size(); ++i) {
    const double rank = std::ceil(percentiles[i].share * count);
    statistics.at[i] = rates[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
  }
  return statistics;
}

}  // namespace tws
