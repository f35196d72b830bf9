#include "cli/compare_options.hpp"

#include "cli/subcommand.hpp"
#include "judge/metric.hpp"

#include <fmt/format.h>

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
  app.add_option(
         "--metric", words.metrics,
         fmt::format("What is compared, repeatable: {} [rate and p99]", comparable_metrics()))
      ->type_name("NAME")
      ->allow_extra_args(false)
      ->take_all();
  app.add_option("--noise", words.noise, "A change up to this share is none [3%]")
      ->type_name("SHARE");
  app.add_flag("--strict", words.strict,
               "Exit code 3 if it can't be told whether a number changed");
  // Hidden: what runs have, so that it is known for what it is.
  for (const char* name : {"--out", "-o,--output", "--output-format", "--name"})
    app.add_option(name, words.of_reports, "It is for reports of runs")->group("");
}

CompareOptions to_compare_options(const CompareWords& words) {
  if (words.of_reports)
    throw UsageError(fmt::format(
        "'{}': --out, --output, --output-format and --name are for reports of runs. A comparison "
        "is a table on stdout, and JSON with --json FILE",
        *words.of_reports));
  CompareOptions options;
  options.strict = words.strict;
  if (words.noise) options.noise = noise_of(*words.noise);
  if (!words.metrics.empty()) options.metrics = words.metrics;
  for (const auto& metric : options.metrics) check_comparable(metric);
  return options;
}

CompareReport report_of(const CompareOptions& options, std::span<const NamedRun> before,
                        std::span<const NamedRun> after) {
  CompareReport report{compare_runs(before, after, options.metrics, options.noise), {}, {}};
  if (!before.empty() && !after.empty())
    report.differences = other_differences(before.front().run, after.front().run);
  return report;
}

int exit_code(const CompareOptions& options, const CompareReport& report) {
  const Change change = report.compared.overall();
  if (change == Change::worse) return exit_failed;
  return change == Change::cant_tell && options.strict ? exit_unknown : 0;
}

}  // namespace tws
