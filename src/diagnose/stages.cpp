#include "diagnose/stages.hpp"

#include "diagnose/facts.hpp"
#include "measure/stages.hpp"
#include "support/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace tws::diagnosis {
namespace {

// What was asked for was made, and says nothing of a limit.
bool is_as_planned(const Profile& profile, const Verdict& verdict) {
  if (!verdict.got_through) return false;
  if (profile.varied == Varied::rate) return verdict.limited_by == "rate";
  return verdict.limited_by == "none" || verdict.limited_by == "server-latency";
}

// The first in which something else than the plan set the limit; else that with the highest load.
std::size_t most_telling(const Run& run, const std::vector<Verdict>& verdicts) {
  const auto& profile = run.plan.profile;
  std::size_t highest = 0;
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    const bool is_pause = profile.stages[i].mean() <= 0;
    if (!is_pause && !is_as_planned(profile, verdicts[i])) return i;
    if (profile.stages[i].mean() > profile.stages[highest].mean()) highest = i;
  }
  return highest;
}

std::string others(std::size_t number, const Run& run, const std::vector<Verdict>& verdicts) {
  const auto as_planned = std::ranges::count_if(
      verdicts, [&](const Verdict& one) { return is_as_planned(run.plan.profile, one); });
  const auto all = static_cast<std::ptrdiff_t>(verdicts.size());
  if (all == 1) return {};
  if (as_planned == all) return "Every stage went as planned. ";
  if (number == 0) return {};
  return fmt::format("{} as planned. ",
                     number == 1 ? "Stage 1 went" : fmt::format("Stages 1 to {} went", number));
}

// "Stage 2 (100 to 5,000/s, 10.0 s) "
std::string name_of(std::size_t number, const Run& run) {
  const auto& profile = run.plan.profile;
  return fmt::format("Stage {} ({} for {})", number + 1,
                     stage_load(profile, profile.stages[number]),
                     format_duration(run.stages[number].seconds));
}

std::string how_far(const Run& stage) {
  if (!stage.plan.profile.stages.front().is_ramp()) return {};
  const auto kept = followed(stage);
  if (!kept) return " kept to its plan";
  if (kept->seconds <= 0) return " never kept to its plan";
  return fmt::format(" kept to its plan until {}, at {}/s", format_duration(kept->seconds),
                     rounded(kept->rate));
}

}  // namespace

std::string stage_values(const Stage& stage) {
  const auto value = [](double number) {
    return number < 10 && number != static_cast<double>(whole(number))
               ? fmt::format("{:.2g}", number)
               : format_count(whole(number));
  };
  return stage.is_ramp() ? fmt::format("{} to {}", value(stage.from), value(stage.to))
                         : value(stage.to);
}

std::string stage_load(const Profile& profile, const Stage& stage) {
  const auto words = stage_values(stage);
  if (profile.varied == Varied::rate) return words + "/s";
  return fmt::format("{} connection{}", words, words == "1" ? "" : "s");
}

Diagnosis diagnose_stages(const Run& run) {
  std::vector<Diagnosis> each;
  Diagnosis all;
  for (std::size_t i = 0; i < run.stages.size(); ++i) {
    each.push_back(diagnose(stage_run(run, i)));
    all.stages.push_back(each.back().verdict);
  }
  all.budget = budget(demand_of(run));
  const auto number = most_telling(run, all.stages);
  all.stage = number;
  all.findings = std::move(each[number].findings);
  all.verdict = all.stages[number];
  for (std::size_t i = 0; i < all.stages.size(); ++i) {
    const Verdict& one = all.stages[i];
    if (run.plan.profile.stages[i].mean() <= 0) continue;  // nothing was asked for
    all.verdict.valid &= one.valid;
    all.verdict.got_through &= one.got_through;
    all.verdict.rate_is_servers &= one.rate_is_servers;
    all.verdict.latency_is_servers &= one.latency_is_servers;
  }
  // Where much failed or was refused, what succeeded says nothing of how far the plan was kept.
  const bool is_rate = run.plan.profile.varied == Varied::rate;
  const auto far =
      is_rate && all.stages[number].got_through ? how_far(stage_run(run, number)) : std::string();
  all.verdict.sentence =
      fmt::format("{}{}{} {}", others(number, run, all.stages), name_of(number, run),
                  far.empty() ? ":" : far + ".", all.verdict.sentence);
  return all;
}

}  // namespace tws::diagnosis
