// The names of the numbers of a run, for thresholds and comparisons. Help, errors and
// documentation follow from one table.
#pragma once

#include "tws/judge/threshold.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tws {

struct MetricName {
  std::string_view form;   // "connect.pN"
  std::string_view words;  // what it is; those that follow each other with the same are one group
  bool comparable;         // between runs, by --metric
};
std::span<const MetricName> metric_names();

std::string all_metrics();         // "pN (such as p99 or p99.9), min, ..."
std::string comparable_metrics();  // the same, of those that can be compared
std::string metrics_help();        // a line for each group

// "; did you mean errors?", or nothing.
std::string did_you_mean(std::string_view name);

// "99.9" is 0.999, to the last bit: percentiles of the report are written so.
std::optional<double> hundredths(std::string_view text);

bool is_comparable(const Metric& metric);

// Why runs by this plan have no such number; empty if they have.
std::string what_lacks(const Metric& metric, const Plan& plan);

}  // namespace tws
