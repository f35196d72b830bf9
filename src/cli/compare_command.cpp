#include "cli/compare_command.hpp"

#include "cli/same_file.hpp"
#include "cli/saved_run.hpp"
#include "tws/support/errors.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <memory>

namespace tws {
namespace {

struct Words {
  std::vector<std::string> before, after;
  CompareWords compare;
};

std::vector<NamedRun> load_all(const std::vector<std::string>& paths) {
  std::vector<NamedRun> runs;
  for (const auto& path : paths) {
    runs.push_back({path, load_saved_run(path)});
    if (!runs.back().run.stages.empty())
      throw RunError(
          fmt::format("{}: its load changed over time: compare takes runs of one load", path));
  }
  return runs;
}

void check_plans(const std::vector<NamedRun>& runs, const NamedRun& first) {
  for (const auto& [name, run] : runs)
    if (const auto found = plan_differences(first.run, run); !found.empty())
      throw RunError(fmt::format("{} and {} are of different loads: {}", first.name, name,
                                 fmt::join(found, "; ")));
}

// One run counted twice would look like two that agree.
void refuse_twice(const CompareCommand& command) {
  std::map<std::string, std::string> seen;  // path by identity
  for (const auto* side : {&command.before, &command.after})
    for (const auto& path : *side) {
      const auto [there, is_new] = seen.emplace(identity_of(path), path);
      if (!is_new)
        throw UsageError(fmt::format(
            "compare: '{}' is given twice{}", path,
            there->second == path ? "" : fmt::format(": it is the file '{}'", there->second)));
    }
}

CompareCommand read(const Words& words) {
  if (words.after.empty() && words.before.empty())
    throw UsageError("compare: BASE.json is missing. The earlier runs' JSON");
  if (words.after.empty())
    throw UsageError(
        "compare: write -- between the earlier runs and the new ones: hammer compare "
        "old-*.json -- new-*.json");
  if (words.before.empty()) throw UsageError("compare: no run stands before --");
  CompareCommand command{words.before, words.after, to_compare_options(words.compare)};
  refuse_twice(command);
  return command;
}

}  // namespace

Subcommand<CompareCommand> CompareCommand::declare(CLI::App& hammer) {
  const auto words = std::make_shared<Words>();
  auto* app = hammer.add_subcommand(
      "compare", "Says whether saved runs (--json FILE) differ from earlier ones");
  app->add_option("base", words->before, "The earlier runs' JSON")
      ->type_name("BASE.json")
      ->expected(0, 100'000);
  app->add_option("--new", words->after, "The runs to compare with them; a lone -- means the same")
      ->type_name("NEW.json...")
      ->take_all()
      ->expected(1, 100'000);
  add_compare_options(*app, words->compare);
  app->footer(
      "  hammer compare monday-*.json -- today-*.json\n"
      "The unit is the run: four a side at least, ten are better. A number changed if "
      "Mann-Whitney's "
      "test says so (p < 0.05), and the 95% interval of the ratio lies beyond the noise.\n" +
      std::string(compare_exit_codes));
  return {app, [words] { return read(*words); }};
}

int CompareCommand::run(const Invocation& invocation) const {
  auto files = before;
  files.insert(files.end(), after.begin(), after.end());
  Output output(invocation.output, files);
  const auto old_runs = load_all(before), new_runs = load_all(after);
  check_plans(old_runs, old_runs.front());
  check_plans(new_runs, old_runs.front());
  for (const auto& metric : options.metrics) check_is_had(metric, old_runs.front().run.plan);
  const CompareReport report = report_of(options, old_runs, new_runs);
  const auto style = output.style();
  output.write([&] { return compare_text(report, style); }, [&] { return compare_json(report); });
  return exit_code(options, report);
}

}  // namespace tws
