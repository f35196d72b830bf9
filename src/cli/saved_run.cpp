#include "cli/saved_run.hpp"

#include "cli/files.hpp"
#include "cli/threshold_option.hpp"
#include "tws/report/read_run.hpp"
#include "tws/support/errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <utility>

namespace tws {

Run load_saved_run(const std::string& path) {
  std::string text;
  if (const int error = read_file(path, text))
    throw RunError(fmt::format("{}: can't be read: {}", path, errno_text(error)));
  return read_run(text, path);
}

int report_saved_runs(const std::vector<std::string>& paths,
                      const std::vector<std::string>& thresholds, const Invocation& invocation) {
  Reports reports;
  std::vector<Outcome> outcomes;
  for (const auto& path : paths) {
    Run run = load_saved_run(path);
    if (!thresholds.empty()) run.plan.thresholds = thresholds;
    thresholds_of(run.plan);  // these may not suit this run
    // Files of several runs, unlike their URLs, have different names.
    auto name = invocation.output.name.value_or(std::filesystem::path(path).stem().string());
    const auto& one = reports.emplace_back(reported(std::move(name), std::move(run)));
    std::ranges::copy(one.outcomes, std::back_inserter(outcomes));
  }
  Output output(invocation.output);
  output.report(reports);
  return exit_code_of(outcomes);
}

}  // namespace tws
