#include "tws/report/read_run.hpp"

#include "report/json_parse.hpp"
#include "report/upgrade_run.hpp"
#include "support/units.hpp"
#include "tws/judge/threshold.hpp"
#include "tws/report/json.hpp"
#include "tws/support/errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <stdexcept>

namespace tws {
namespace {

namespace json = boost::json;

json::value parsed(std::string_view text, const std::string& name) {
  boost::system::error_code error;
  json::value value;
  try {
    value = parse_exactly(text, error);
  } catch (const std::exception& failure) {
    throw RunError(fmt::format("{}: not JSON: {}", name, failure.what()));
  }
  if (error) throw RunError(fmt::format("{}: not JSON: {}", name, error.message()));
  return value;
}

// Of JSON that is a run, else one line that says what it is instead.
std::string_view schema_of(const json::value& value, const std::string& name) {
  if (const json::array* list = value.if_array())
    throw RunError(
        fmt::format("{}: a list of {}, not a run. hammer report --json writes one of several runs: "
                    "take their own files, or each element of the list",
                    name, plural(list->size(), "element")));
  const json::object* root = value.if_object();
  const json::value* schema = root ? root->if_contains("schema") : nullptr;
  const std::string_view text =
      schema && schema->is_string() ? std::string_view(schema->as_string()) : "";
  if (text.starts_with("hammer-lab/"))
    throw RunError(
        fmt::format("{}: several runs, of hammer lab: each is at scenarios[].run", name));
  if (text.starts_with("hammer-simulations/"))
    throw RunError(
        fmt::format("{}: sums over many runs, of hammer simulate --repeat: no run is in it", name));
  if (!text.starts_with("hammer/"))
    throw RunError(fmt::format("{}: not a run of hammer: it has no \"schema\": \"{}\"", name,
                               run_schema_name));
  if (text != run_schema_name && text != "hammer/1")
    throw RunError(
        fmt::format("{}: written by another hammer: \"{}\", and this one reads hammer/1 and {}",
                    name, text, run_schema_name));
  return text;
}

// What the tables of fields don't say, and what everything behind relies on.
void check(const Run& run) {
  const auto is_range = [](const PortRange& range) { return range.low <= range.high; };
  if (run.seconds < 0) throw std::out_of_range("summary: total");
  if (run.plan.rate && *run.plan.rate <= 0) throw std::out_of_range("plan: rate");
  if (!run.stages.empty() && run.stages.size() > run.plan.profile.stages.size())
    throw std::out_of_range("stages");
  for (const Stage& stage : run.plan.profile.stages)
    if (stage.length <= stage.length.zero()) throw std::out_of_range("plan: profile");
  if (run.plan.connections == 0) throw std::out_of_range("plan: connections");
  if (run.plan.threads == 0) throw std::out_of_range("plan: threads");
  if (run.plan.port_range && !is_range(*run.plan.port_range))
    throw std::out_of_range("plan: portRange");
  if (run.limits.ports && !is_range(*run.limits.ports)) throw std::out_of_range("limits: portLow");
  for (const auto* ports : {&run.limits.reserved, &run.limits.held})
    if (*ports && !std::ranges::all_of(**ports, is_range))
      throw std::out_of_range(ports == &run.limits.held ? "limits: held" : "limits: reserved");
  thresholds_of(run.plan);
}

// Boost.JSON says "out of range" of a key or an element that is not there.
std::string in_words(std::string text) {
  constexpr std::string_view boosts = "out of range";
  if (text.ends_with(boosts)) text.replace(text.size() - boosts.size(), boosts.size(), "missing");
  return text;
}

}  // namespace

Run read_run(std::string_view text, const std::string& name) {
  json::value value = parsed(text, name);
  const bool is_old = schema_of(value, name) == "hammer/1";
  try {
    if (is_old) upgrade_from_1(value.as_object());
    Run run = run_of(value);
    check(run);
    return run;
  } catch (const std::exception& failure) {
    throw RunError(fmt::format("{}: damaged: {}", name, in_words(failure.what())));
  }
}

}  // namespace tws
