#include "cli/compare_command.hpp"

#include "cli/saved_run.hpp"
#include "tws/diagnose/diagnose.hpp"
#include "tws/support/errors.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>

namespace tws {
namespace {

struct Words {
  std::vector<std::string> before, after;
  CompareWords compare;
};

std::vector<Run> load_all(const std::vector<std::string>& paths) {
  std::vector<Run> runs;
  for (const auto& path : paths) {
    runs.push_back(load_saved_run(path));
    if (!runs.back().stages.empty())
      throw RunError(
          fmt::format("{}: its load changed over time: compare takes runs of one load", path));
    const Verdict verdict = diagnose(runs.back()).verdict;
    if (!verdict.valid)
      throw RunError(
          fmt::format("{}: not a valid run ({}): {}", path, verdict.limited_by, verdict.sentence));
  }
  return runs;
}

void check_plans(const std::vector<Run>& runs, const std::vector<std::string>& paths,
                 const Run& first, const std::string& first_path) {
  for (std::size_t i = 0; i < runs.size(); ++i)
    if (const auto found = plan_differences(first, runs[i]); !found.empty())
      throw RunError(fmt::format("{} and {} are of different loads: {}", first_path, paths[i],
                                 fmt::join(found, "; ")));
}

}  // namespace

Subcommand<CompareCommand> CompareCommand::declare(CLI::App& hammer) {
  const auto words = std::make_shared<Words>();
  auto* app = hammer.add_subcommand(
      "compare", "Says whether saved runs (--json FILE) differ from earlier ones");
  app->add_option("base", words->before, "The earlier runs' JSON")
      ->type_name("BASE.json")
      ->required();
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
  return {app, [words] {
            if (words->after.empty())
              throw UsageError(
                  "compare: write -- between the earlier runs and the new ones: hammer compare "
                  "old-*.json -- new-*.json");
            return CompareCommand{words->before, words->after, to_compare_options(words->compare)};
          }};
}

int CompareCommand::run(const Invocation& invocation) const {
  const auto old_runs = load_all(before), new_runs = load_all(after);
  check_plans(old_runs, before, old_runs.front(), before.front());
  check_plans(new_runs, after, old_runs.front(), before.front());
  const CompareReport report = report_of(options, old_runs, new_runs);
  Output output(invocation.output);
  const auto style = output.style();
  output.write([&] { return compare_text(report, style); }, [&] { return compare_json(report); });
  return exit_code(options, report);
}

}  // namespace tws
