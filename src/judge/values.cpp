#include "judge/values.hpp"

#include "support/units.hpp"
#include "tws/measure/facts.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace tws::judging {
namespace {

using Of = Metric::Of;
using As = Metric::As;

constexpr double rounding = 1e-6;  // seconds: times of samples are sums of tenths

// The longest so far, where it is still in flight.
std::optional<double> longest(const Histogram& measured, const Histogram& ages) {
  if (measured.empty()) return {};
  return std::max(*measured.max(), ages.max().value_or(0));
}

std::optional<Value> exact(std::optional<double> number) {
  return number ? std::optional(Value{*number}) : std::nullopt;
}

std::optional<Value> time_of(const Metric& metric, const Histogram& measured,
                             const Histogram& ages) {
  // Ages alone say how long somebody waited, not how long an answer takes.
  if (measured.empty()) return {};
  switch (metric.as) {
    case As::percentile: {
      const auto quantile = quantile_with_unfinished(measured, ages, metric.share);
      return quantile
                 ? std::optional(Value{quantile->seconds, quantile->lower_bound, quantile->at_most})
                 : std::nullopt;
    }
    case As::min:
      return exact(measured.min());
    case As::mean:
      return exact(measured.mean());
    case As::max:
      return exact(longest(measured, ages));
    case As::deviation:
      return exact(deviation(measured));
  }
  return {};
}

std::optional<double> in_unit(Unit unit, std::uint64_t count, std::uint64_t of, double seconds) {
  const auto number = static_cast<double>(count);
  if (unit == Unit::per_second) return ratio(number, seconds);
  if (unit == Unit::share) return ratio(number, static_cast<double>(of));
  return number;
}

std::uint64_t attempts_of(const Metric& metric, const Run& run) {
  if (metric.url.empty()) return run.tally.attempts_started;
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < std::min(run.targets.size(), run.tally.by_target.size()); ++i) {
    const auto& one = run.tally.by_target[i];
    if (run.targets[i].url == metric.url) count += one.connected + one.failed;
  }
  return count;
}

}  // namespace

bool is_failing_server(std::string_view limited_by) {
  constexpr std::array<std::string_view, 5> all{"server-gone", "failures", "refusals", "starved",
                                                "wrong-protocol"};
  return std::ranges::find(all, limited_by) != all.end();
}

std::optional<Value> value_of(const Threshold& threshold, const Run& run) {
  const Tally& tally = run.tally;
  const Metric& metric = threshold.metric;
  const auto number = [&](std::uint64_t count, std::uint64_t of) {
    return exact(in_unit(threshold.unit, count, of, run.seconds));
  };
  switch (metric.of) {
    case Of::latency:
      return time_of(metric, tally.latency, unfinished(tally));
    case Of::first_byte:
      return time_of(metric, tally.first_byte, without_first_byte(tally));
    case Of::connect:
      return time_of(metric, tally.connect, Histogram{});
    case Of::handshake:
      return time_of(metric, tally.handshake, Histogram{});
    case Of::rate:
      return number(tally.successes(), 0);
    case Of::attempts:
      return number(attempts_of(metric, run), 0);
    case Of::errors:
      if (ended(tally) == 0) return {};
      return number(ended(tally) - tally.successes(), ended(tally));
    case Of::successes:
      if (ended(tally) == 0) return {};
      return number(tally.successes(), ended(tally));
    case Of::status: {
      if (tally.responses() == 0) return {};
      std::uint64_t count = 0;
      for (int status = metric.lowest; status <= metric.highest; ++status)
        count += tally.responses_by_status[static_cast<std::size_t>(status)];
      return number(count, tally.responses());
    }
    case Of::achieved: {
      const auto kept = rate_kept(run);
      if (!kept) return {};
      return number(kept->begun, kept->due);
    }
  }
  return {};
}

Part part_of(const std::vector<Sample>& samples, std::size_t count, double from, double to,
             const Threshold& threshold) {
  Part part{from, to, 0, 0, Histogram{Histogram::two_digits}};
  const auto end = samples.begin() + static_cast<std::ptrdiff_t>(count);
  auto sample = std::upper_bound(samples.begin(), end, from + rounding,
                                 [](double time, const Sample& one) { return time < one.t; });
  for (; sample != end && sample->t <= to + rounding; ++sample) {
    part.requests += sample->requests;
    part.errors += sample->errors;
    if (threshold.metric.is_time()) part.latency.merge(sample->latency.unpack());
  }
  return part;
}

std::optional<double> value_of(const Threshold& threshold, const Part& part) {
  const auto all = part.requests + part.errors;
  const auto number = [&](std::uint64_t count) {
    return in_unit(threshold.unit, count, all, part.to - part.from);
  };
  switch (threshold.metric.of) {
    case Of::latency: {
      const auto value = time_of(threshold.metric, part.latency, Histogram{Histogram::two_digits});
      return value ? std::optional(value->number) : std::nullopt;
    }
    case Of::rate:
      return number(part.requests);
    case Of::errors:
      return all == 0 ? std::nullopt : number(part.errors);
    case Of::successes:
      return all == 0 ? std::nullopt : number(part.requests);
    default:
      return {};
  }
}

Windows windows_of(const Threshold& threshold, const std::vector<Sample>& samples,
                   std::size_t count) {
  if (count == 0) return {};
  const double width = std::max(samples.front().t, to_seconds(sample_interval));
  const double wanted = to_seconds(threshold.window.value_or(std::chrono::seconds(1)));
  // Whole samples, so that each is in a window as a whole.
  const auto samples_in = [width](double seconds) {
    return std::max(std::round(seconds / width), 1.0) * width;
  };
  Windows windows{samples_in(wanted), samples_in(wanted / 10), 0};
  const double rest = samples[count - 1].t - windows.length + rounding;
  // A timeline without gaps has no more windows than samples; one of a damaged file may have gaps.
  if (rest >= 0)
    windows.number =
        static_cast<std::size_t>(std::min(rest / windows.step + 1, static_cast<double>(count)));
  return windows;
}

}  // namespace tws::judging
