#include "cli/compare_options.hpp"

#include "cli/subcommand.hpp"
#include "tws/diagnose/diagnose.hpp"

#include <algorithm>

namespace tws {
namespace {

double noise_of(const std::string& text) {
  const bool percent = text.ends_with('%');
  const auto number = parse_rate(percent ? text.substr(0, text.size() - 1) : text);
  if (!number || !percent || *number >= 100)
    refuse("--noise", text, "a share above 0% and below 100%, such as 5%");
  return *number / 100;
}

}  // namespace

void add_compare_options(CLI::App& app, CompareWords& words) {
  app.add_option("--metric", words.metrics,
                 "What is compared, repeatable: rate, attempts, achieved, mean, min, max, pN, "
                 "connect.pN, first-byte.pN [rate and p99]")
      ->type_name("NAME")
      ->allow_extra_args(false)
      ->take_all();
  app.add_option("--noise", words.noise, "A change up to this share is none [3%]")
      ->type_name("SHARE");
  app.add_flag("--strict", words.strict,
               "Exit code 3 if it can't be told whether a number changed");
}

CompareOptions to_compare_options(const CompareWords& words) {
  CompareOptions options;
  options.strict = words.strict;
  if (words.noise) options.noise = noise_of(*words.noise);
  if (!words.metrics.empty()) options.metrics = words.metrics;
  for (const auto& metric : options.metrics) check_comparable(metric);
  return options;
}

CompareReport report_of(const CompareOptions& options, std::span<const Run> before,
                        std::span<const Run> after) {
  CompareReport report{.compared = compare_runs(before, after, options.metrics, options.noise),
                       .differences = other_differences(before.front(), after.front()),
                       .runs = before.size() + after.size(),
                       .not_valid = 0,
                       .limited_by = {}};
  for (const auto runs : {before, after})
    for (const Run& run : runs) {
      const Verdict verdict = diagnose(run).verdict;
      if (verdict.valid) continue;
      ++report.not_valid;
      if (std::ranges::find(report.limited_by, verdict.limited_by) == report.limited_by.end())
        report.limited_by.push_back(verdict.limited_by);
    }
  return report;
}

int exit_code(const CompareOptions& options, const CompareReport& report) {
  const Change change = report.overall();
  if (change == Change::worse) return exit_failed;
  return change == Change::cant_tell && options.strict ? exit_unknown : 0;
}

}  // namespace tws
