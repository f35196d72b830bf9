#include "cli/saved_run.hpp"

#include "cli/files.hpp"
#include "cli/threshold_option.hpp"
#include "cli/values.hpp"
#include "tws/report/read_run.hpp"
#include "tws/support/errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <optional>
#include <utility>

namespace tws {
namespace {

// The last `parts` parts of a path, without its extension; nothing if it has fewer.
std::optional<std::string> end_of(std::filesystem::path path, std::ptrdiff_t parts) {
  if (path == "-") return "stdin";
  path = path.lexically_normal().replace_extension();
  if (std::distance(path.begin(), path.end()) < parts) return {};
  std::filesystem::path end;
  for (auto part = std::prev(path.end(), parts); part != path.end(); ++part) end /= *part;
  return end.string();
}

}  // namespace

std::vector<std::string> names_of(const std::vector<std::string>& paths) {
  std::vector<std::string> names;
  for (const auto& path : paths) names.push_back(end_of(path, 1).value_or(path));
  bool changed = true;
  for (std::ptrdiff_t parts = 2; std::exchange(changed, false); ++parts) {
    const auto before = names;
    for (std::size_t i = 0; i < paths.size(); ++i) {
      if (std::ranges::count(before, before[i]) == 1) continue;
      const auto longer = end_of(paths[i], parts);
      if (!longer) continue;
      names[i] = *longer;
      changed = true;
    }
  }
  // The same file twice, or files whose extensions differ.
  for (auto name = names.begin(); name != names.end(); ++name) {
    const auto same = *name;
    for (int n = 2; std::find(names.begin(), name, *name) != name; ++n)
      *name = fmt::format("{} ({})", same, n);
  }
  return names;
}

Run load_saved_run(const std::string& path) {
  const bool piped = path == "-";
  const std::string name = piped ? "stdin" : path;
  std::string text;
  if (const int error = read_file(piped ? "/dev/stdin" : path, text))
    throw RunError(fmt::format("{}: can't be read: {}", name, errno_text(error)));
  return read_run(text, name);
}

int report_saved_runs(const std::vector<std::string>& paths,
                      const std::vector<std::string>& thresholds, const Invocation& invocation) {
  const auto& given = invocation.output.name;
  if (given && paths.size() > 1)
    refuse("--name", fmt::format("'{}' names one run, and there are {}; without it each has the "
                                 "name of its file",
                                 *given, paths.size()));
  // Files of several runs, unlike their URLs, have different names.
  const auto names = given ? std::vector{*given} : names_of(paths);
  Reports reports;
  std::vector<Outcome> outcomes;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    Run run = load_saved_run(paths[i]);
    if (!thresholds.empty()) run.plan.thresholds = thresholds;
    thresholds_of(run.plan);  // these may not suit this run
    const auto& one = reports.emplace_back(reported(names[i], std::move(run)));
    std::ranges::copy(one.outcomes, std::back_inserter(outcomes));
  }
  Output output(invocation.output);
  output.report(reports);
  return exit_code_of(outcomes);
}

}  // namespace tws
