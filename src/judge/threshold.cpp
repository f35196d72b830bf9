#include "tws/judge/threshold.hpp"

#include "judge/metric.hpp"
#include "support/nearest.hpp"
#include "support/units.hpp"
#include "tws/support/errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

namespace tws {
namespace {

using Of = Metric::Of;

// How k6 calls it, and how it is spelt here.
constexpr std::array<std::pair<std::string_view, std::string_view>, 12> k6_names{
    {{"avg", "mean"},
     {"med", "p50"},
     {"count", "successes or attempts"},
     {"http_req_duration", "pN, mean or max, as in 'p95 < 500ms'"},
     {"http_req_waiting", "first-byte.pN, as in 'first-byte.p95 < 500ms'"},
     {"http_req_connecting", "connect.pN, as in 'connect.p95 < 10ms'"},
     {"http_req_blocked", "connect.pN, as in 'connect.p95 < 10ms'"},
     {"http_req_tls_handshaking", "handshake.pN, as in 'handshake.p95 < 50ms'"},
     {"http_req_failed", "errors, as in 'errors < 1%'"},
     {"http_reqs", "rate, as in 'rate > 100/s'"},
     {"checks", "successes, as in 'successes > 99%'"},
     {"dropped_iterations", "achieved, as in 'achieved > 99%'"}}};

[[noreturn]] void refuse(std::string_view text, std::string_view why) {
  throw UsageError(fmt::format("--threshold: '{}': {}", text, why));
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

[[noreturn]] void refuse_metric(std::string_view text, std::string_view name) {
  if (name.starts_with("p(") && name.ends_with(')'))
    refuse(text, fmt::format("k6's {} is p{} here", name, name.substr(2, name.size() - 3)));
  for (const auto& [k6, here] : k6_names)
    if (name == k6) refuse(text, fmt::format("k6's {} is {} here", name, here));
  if (name == "p100" || name == "p0")
    refuse(text, fmt::format("{} is {} here", name, name == "p0" ? "min" : "max"));
  if (name.starts_with("status."))
    refuse(text, fmt::format("'{}' is not a status from 100 to 599, such as status.404, or "
                             "status.1xx to status.5xx",
                             name));
  refuse(text, fmt::format("'{}' is not one of {}{}", name, all_metrics(), did_you_mean(name)));
}

// "p99", "attempts{http://127.0.0.1/}"; removes them from `rest`.
Metric take_metric(std::string_view text, std::string_view& rest) {
  const auto length = std::min(rest.find_first_of(" <>=!{"), rest.size());
  auto name = rest.substr(0, length);
  rest.remove_prefix(length);
  if (name.ends_with(':')) name.remove_suffix(1);  // as k6's list of thresholds is pasted
  auto metric = metric_of(name);
  if (!metric) refuse_metric(text, name);
  if (rest.starts_with('{')) {
    const auto end = rest.find('}');
    if (end == std::string_view::npos) refuse(text, "the } behind the URL is missing");
    metric->url = rest.substr(1, end - 1);
    rest.remove_prefix(end + 1);
    // Which of the targets a request was for is not counted.
    if (metric->of != Of::attempts)
      refuse(text, "of one URL alone there are only attempts: load it in a run of its own");
  }
  rest = trimmed(rest);
  return *metric;
}

Relation take_relation(std::string_view text, std::string_view& rest) {
  for (const auto relation :
       {Relation::at_most, Relation::at_least, Relation::below, Relation::above}) {
    if (!rest.starts_with(name(relation))) continue;
    rest.remove_prefix(name(relation).size());
    if (rest.starts_with('=') || rest.starts_with('>')) break;
    return relation;
  }
  refuse(text, "after the metric comes <, <=, > or >=, as in 'p99 < 250ms'");
}

std::string_view take_word(std::string_view& rest) {
  rest = trimmed(rest);
  const auto word = rest.substr(0, rest.find(' '));
  rest.remove_prefix(word.size());
  return word;
}

// "250ms", "1%", "20k/s"; `typed` may have blanks.
void read_limit(std::string_view text, const std::string& value, const std::string& typed,
                Threshold& to) {
  const auto& metric = to.metric;
  if (value.empty()) refuse(text, "the limit is missing, as in 'p99 < 250ms'");
  if (metric.is_time()) {
    const auto time = parse_duration(value);
    if (value.find_first_not_of("0123456789.") == std::string::npos)
      refuse(text, fmt::format("'{0}' needs a unit, such as {0}ms or {0}s", value));
    if (!time) refuse(text, fmt::format("'{}' is not a time, such as 250ms or 1.5s", typed));
    to.limit = to_seconds(*time);
    to.unit = Unit::seconds;
    return;
  }
  const bool per_second = value.ends_with("/s"), percent = value.ends_with('%');
  const bool share_only = metric.of == Of::achieved, rate_only = metric.of == Of::rate;
  std::optional<double> limit;
  if (percent) {
    to.unit = Unit::share;
    limit = hundredths(trimmed(std::string_view(value).substr(0, value.size() - 1)));
    if (limit && *limit > 1) limit.reset();
  } else if (per_second) {
    to.unit = Unit::per_second;
    const auto number = trimmed(std::string_view(value).substr(0, value.size() - 2));
    limit = number == "0" ? 0 : parse_rate(number);
  } else if (const auto count = parse_count(value)) {
    to.unit = Unit::count;
    limit = static_cast<double>(*count);
  }
  if (rate_only && (!limit || !per_second))
    refuse(text, fmt::format("'{}' is not a number of requests per second, such as 1000/s", typed));
  if (share_only && (!limit || !percent))
    refuse(text, fmt::format("'{}' is not a share, such as 99%", typed));
  if (metric.of == Of::attempts && (!limit || percent))
    refuse(text, fmt::format("'{}' is not a number of attempts, such as 100 or 50/s", typed));
  if (!limit)
    refuse(text,
           fmt::format("'{}' is not a share, a number or a rate, such as 1%, 10 or 5/s", typed));
  to.limit = *limit;
}

// No number is on the other side of these, whatever a run measures.
void refuse_foregone(std::string_view text, const Threshold& threshold) {
  const double limit = threshold.limit;
  const bool is_share = threshold.unit == Unit::share;
  if (threshold.metric.is_time() && limit <= 0) refuse(text, "a time is longer than 0");
  switch (threshold.relation) {
    case Relation::below:
      if (limit <= 0) refuse(text, "it can't hold: nothing is below 0");
      break;
    case Relation::at_most:
      if (is_share && limit >= 1) refuse(text, "it can't fail: no share is above 100%");
      break;
    case Relation::above:
      if (is_share && limit >= 1) refuse(text, "it can't hold: no share is above 100%");
      break;
    case Relation::at_least:
      if (limit <= 0) refuse(text, "it can't fail: nothing is below 0");
      break;
  }
}

// "1 %" is typed with a blank by some. Returns the word behind it.
std::string_view take_limit(std::string_view text, std::string_view& rest, Threshold& to) {
  std::string value, typed;
  auto word = take_word(rest);
  for (; !word.empty() && word != "over" && word != "abort"; word = take_word(rest)) {
    const auto near = value.empty() ? std::string() : nearest(word, {"over", "abort"});
    if (!near.empty()) refuse(text, fmt::format("'{}': did you mean {}?", word, near));
    value += word;
    typed += (typed.empty() ? "" : " ") + std::string(word);
  }
  read_limit(text, value, typed, to);
  refuse_foregone(text, to);
  return word;
}

std::chrono::nanoseconds take_time(std::string_view text, std::string_view before,
                                   std::string_view& rest) {
  const auto word = take_word(rest);
  const auto time = parse_duration(word);
  if (!time) refuse(text, fmt::format("after '{}' comes a time, such as 10s", before));
  return *time;
}

// Whether the timeline has what it takes.
bool is_in_timeline(const Metric& metric) {
  return metric.of == Of::latency || metric.of == Of::rate || metric.of == Of::errors ||
         metric.of == Of::successes;
}

}  // namespace

std::string_view name(Unit unit) {
  constexpr std::array<std::string_view, 4> names{"seconds", "share", "perSecond", "count"};
  return names[static_cast<std::size_t>(unit)];
}

std::string_view name(Relation relation) {
  constexpr std::array<std::string_view, 4> names{"<", "<=", ">", ">="};
  return names[static_cast<std::size_t>(relation)];
}

bool Threshold::holds(double value) const {
  switch (relation) {
    case Relation::below:
      return value < limit;
    case Relation::at_most:
      return value <= limit;
    case Relation::above:
      return value > limit;
    case Relation::at_least:
      return value >= limit;
  }
  return false;
}

Threshold parse_threshold(std::string_view text) {
  using namespace std::chrono_literals;
  std::string_view rest = trimmed(text);
  Threshold threshold;
  threshold.text = rest;
  threshold.metric = take_metric(text, rest);
  threshold.relation = take_relation(text, rest);
  auto word = take_limit(text, rest, threshold);
  if (word == "over") {
    threshold.window = take_time(text, word, rest);
    if (*threshold.window < 1s) refuse(text, "a window is a second or longer");
    word = take_word(rest);
  }
  if (word == "abort") {
    threshold.abort_after = 0s;
    if (word = take_word(rest); word == "after") {
      threshold.abort_after = take_time(text, word, rest);
      word = take_word(rest);
    }
  }
  if (!word.empty())
    refuse(text, fmt::format("'{}' is not understood; behind the limit may stand 'over 10s' and "
                             "'abort after 30s'",
                             word));
  if ((threshold.window || threshold.abort_after) && !is_in_timeline(threshold.metric))
    refuse(text, fmt::format("'{}' is for latency, rate, errors and successes: nothing else is "
                             "recorded over time",
                             threshold.window ? "over" : "abort"));
  return threshold;
}

std::vector<Threshold> thresholds_of(const Plan& plan) {
  std::vector<Threshold> all;
  for (const std::string& text : plan.thresholds) {
    const auto& one = all.emplace_back(parse_threshold(text));
    const auto& metric = one.metric;
    if (const auto lack = what_lacks(metric, plan); !lack.empty()) refuse(text, lack);
    if (metric.of == Of::rate && plan.rate && one.relation >= Relation::above &&
        !one.holds(*plan.rate))
      refuse(text, fmt::format("it can't hold with --rate {:.10g}", *plan.rate));
    if (!metric.url.empty() && std::ranges::count(plan.urls, metric.url) == 0)
      refuse(text, fmt::format("'{}' is not one of the run's URLs", metric.url));
    if (one.window && plan.duration && *one.window > *plan.duration)
      refuse(text, fmt::format("the run of {} is shorter than the window",
                               format_duration(to_seconds(*plan.duration))));
    if (one.abort_after && plan.duration && *one.abort_after >= *plan.duration)
      refuse(text, fmt::format("the run of {} is over before 'abort after' begins",
                               format_duration(to_seconds(*plan.duration))));
  }
  return all;
}

}  // namespace tws
