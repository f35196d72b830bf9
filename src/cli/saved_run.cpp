#include "cli/saved_run.hpp"

#include "cli/files.hpp"
#include "cli/no_answer.hpp"
#include "cli/threshold_option.hpp"
#include "cli/values.hpp"
#include "tws/report/read_run.hpp"
#include "tws/support/errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <utility>

namespace tws {
namespace {

namespace files = std::filesystem;

// The last `parts` parts of a path, or all if it has fewer.
std::string end_of(const files::path& path, std::ptrdiff_t parts) {
  files::path end;
  const auto all = std::distance(path.begin(), path.end());
  for (auto part = std::prev(path.end(), std::min(all, parts)); part != path.end(); ++part)
    end /= *part;
  return end.string();
}

}  // namespace

std::vector<std::string> names_of(const std::vector<std::string>& paths) {
  std::vector<files::path> all;
  for (const auto& path : paths)
    all.push_back(path == "-" ? "stdin" : files::path(path).lexically_normal().replace_extension());
  std::vector<std::string> names;
  for (const auto& path : all) names.push_back(end_of(path, 1));
  for (std::ptrdiff_t parts = 2;; ++parts) {
    std::vector<std::size_t> alike;
    for (std::size_t i = 0; i < all.size(); ++i)
      for (std::size_t k = 0; k < all.size(); ++k)
        if (names[k] == names[i] && all[k] != all[i]) alike.push_back(i);
    if (alike.empty()) break;
    for (const auto i : alike) names[i] = end_of(all[i], parts);
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
  Output output(invocation.output, paths);
  Reports reports;
  std::vector<Outcome> outcomes;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    Run run = load_saved_run(paths[i]);
    if (!thresholds.empty()) run.plan.thresholds = thresholds;
    thresholds_of(run.plan);  // these may not suit this run
    const auto& one = reports.emplace_back(reported(names[i], std::move(run)));
    std::ranges::copy(one.outcomes, std::back_inserter(outcomes));
  }
  output.report(reports);
  // In the order of a run's own exit codes.
  for (const Reported& one : reports)
    if (const auto why = no_answer(one.run); !why.empty() && !one.outcomes.empty())
      throw RunError(fmt::format("{}: {}", one.name, why));
  const int code = exit_code_of(outcomes);
  if (output.is_silent() && code) note_why(outcomes);
  return code;
}

}  // namespace tws
