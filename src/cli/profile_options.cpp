#include "cli/profile_options.hpp"

#include "cli/load_options.hpp"
#include "support/units.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

namespace tws {
namespace {

constexpr std::string_view between = "..";
constexpr std::size_t most_stages = 1000;
constexpr std::string_view stage_form =
    "DURATION:RATE or, with connections, DURATION:NUMBERc, such as 30s:100 or 30s:10c";
// Of a profile: sums of longer times could overflow.
constexpr std::chrono::years longest{100};

std::optional<double> rate_of(std::string_view text) {
  if (parse_count(text) == 0u) return 0;
  return parse_rate(text);
}

std::optional<double> connections_of(std::string_view text) {
  const auto count = parse_count(text);
  if (!count || *count > most_connections) return {};
  return static_cast<double>(*count);
}

// From the one to the other in the given time.
template <typename Parse>
Stage span(std::string_view option, std::string_view text, std::chrono::nanoseconds length,
           Parse parse, std::string_view takes) {
  const auto middle = text.find(between);
  const auto from = parse(text.substr(0, middle));
  const auto to = parse(text.substr(middle + between.size()));
  if (!from || !to || (*from == 0 && *to == 0)) refuse(option, text, takes);
  return {length, *from, *to};
}

Stage connection_span(const std::string& text, std::chrono::nanoseconds length) {
  return span("--connections", text, length, connections_of,
              fmt::format("two numbers up to {}, such as 10..500", most_connections));
}

struct Parsed {
  std::chrono::nanoseconds length;
  double value;
  Varied varied;
};

Parsed parse_stage(std::string_view option, std::string_view text) {
  const auto colon = text.find(':');
  const auto length = parse_duration(text.substr(0, colon));
  auto value = colon == text.npos ? std::string_view() : text.substr(colon + 1);
  const bool connections = value.ends_with('c');
  if (connections) value.remove_suffix(1);
  const auto number = connections ? connections_of(value) : rate_of(value);
  if (!length || !number) refuse(option, text, stage_form);
  return {*length, *number, connections ? Varied::connections : Varied::rate};
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto comma = text.find(',');
    parts.push_back(text.substr(0, comma));
    if (comma == text.npos) return parts;
    text.remove_prefix(comma + 1);
  }
}

void take_connections(Plan& plan) {
  plan.connections =
      static_cast<std::uint32_t>(std::max(whole(plan.profile.highest()), std::uint64_t{1}));
}

void take_stages(Plan& plan, const LoadWords& words) {
  plan.profile = stages("--stages", *words.stages);
  plan.duration = plan.profile.length();
  if (plan.profile.varied != Varied::connections) return;
  if (words.connections)
    refuse("--connections",
           fmt::format("'{}' can't be used with the connections of --stages", *words.connections));
  take_connections(plan);
}

void refuse_two_profiles(const LoadWords& words) {
  if (is_span(words.rate) && is_span(words.connections))
    refuse("--connections", fmt::format("'{}' can't be used with --rate {}: one of them stays as "
                                        "it is",
                                        *words.connections, *words.rate));
}

}  // namespace

bool is_span(const Word& text) {
  return text && text->find(between) != text->npos;
}

Stage rate_span(std::string_view option, const std::string& text, std::chrono::nanoseconds length) {
  return span(option, text, length, rate_of, "two rates per second up to 1G, such as 100..5000");
}

Profile stages(std::string_view option, const std::string& text) {
  Profile profile;
  std::optional<double> before;
  const auto parts = split(text);
  if (parts.size() > most_stages)
    refuse(option, fmt::format("{} stages, and it takes {} at most", parts.size(), most_stages));
  double seconds = 0;
  for (const auto part : parts) {
    const auto [length, value, varied] = parse_stage(option, part);
    if (before && varied != profile.varied)
      refuse(option,
             fmt::format("'{}' mixes connections (c) and rates: it takes one of them", text));
    profile.varied = varied;
    // A load begins with no request, or with one connection.
    const double from = before.value_or(varied == Varied::rate ? 0 : 1);
    if (length > length.zero()) profile.stages.push_back({length, from, value});
    seconds += to_seconds(length);
    if (seconds > to_seconds(longest)) refuse(option, fmt::format("'{}' is too long", text));
    before = value;
  }
  if (parse_stage(option, parts.back()).length == std::chrono::nanoseconds{})
    refuse(option, fmt::format("'{}' ends with a jump, after which there is no time", text));
  if (profile.highest() == 0) refuse(option, fmt::format("'{}' asks for nothing", text));
  return profile;
}

void set_profile(Plan& plan, const LoadWords& words) {
  refuse_two_profiles(words);
  if (words.stages) return take_stages(plan, words);
  const bool of_rate = is_span(words.rate);
  if (!of_rate && !is_span(words.connections)) return;
  const auto& text = of_rate ? *words.rate : *words.connections;
  const std::string_view option = of_rate ? "--rate" : "--connections";
  if (!plan.duration) refuse(option, fmt::format("'{}' needs a time to change in: -z", text));
  plan.profile.varied = of_rate ? Varied::rate : Varied::connections;
  plan.profile.stages = {of_rate ? rate_span(option, text, *plan.duration)
                                 : connection_span(text, *plan.duration)};
  if (!of_rate) take_connections(plan);
}

void set_arrivals(Plan& plan, const LoadWords& words) {
  if (plan.rate && !plan.profile.stages.empty())
    refuse("--rate", fmt::format("'{}' can't be used with connections that change over time: a "
                                 "rate decides how many are busy",
                                 *words.rate));
  if (words.jitter) {
    plan.arrivals =
        either<Arrivals>("--jitter", *words.jitter, {name(Arrivals::uniform), Arrivals::uniform},
                         {name(Arrivals::poisson), Arrivals::poisson});
    if (!plan.is_paced())
      refuse("--jitter", fmt::format("'{}' needs a rate: -q or --stages", *words.jitter));
  }
  if (!words.warm_up) return;
  plan.warm_up = positive_duration("--warm-up", *words.warm_up);
  if (plan.warm_up > std::chrono::days(1))
    refuse("--warm-up", fmt::format("'{}' is longer than a day", *words.warm_up));
  if (plan.requests)
    refuse("--warm-up",
           fmt::format("'{}' can't be used with --requests: set a duration (-z)", *words.warm_up));
  if (!plan.profile.stages.empty() && plan.profile.stages.front().from == 0)
    refuse("--warm-up", fmt::format("'{}' would be without a load, as the first stage begins at 0",
                                    *words.warm_up));
}

void add_stages_option(CLI::App& app, Word& word) {
  app.add_option(
         "--stages", word,
         "A rate that changes over time, or with c connections: "
         "30s:100,1m:1000,0s:2000,2m:2000 goes evenly to 100 in 30 s, to 1,000 in a minute, "
         "then jumps to 2,000 for two minutes. The first stage begins at 0, or 1 "
         "connection. Each has numbers and a verdict of its own: docs/load.md")
      ->type_name("TIME:R[,...]");
}

void add_profile_options(CLI::App& app, LoadWords& words) {
  add_stages_option(app, words.stages);
  app.get_option("--stages")
      ->excludes(app.get_option("--duration"))
      ->excludes(app.get_option("--rate"));
  app.add_option("--jitter", words.jitter,
                 "When requests of a rate are due [each in the middle of its 1/R seconds]\n"
                 "uniform: anywhere in them, by chance\n"
                 "poisson: independently of each other, as from many users")
      ->type_name("uniform|poisson");
}

void add_warm_up_options(CLI::App& app, LoadWords& words) {
  app.add_option("--warm-up", words.warm_up,
                 "Load for TIME before anything is counted. Connections go on afterwards, and what "
                 "the kernel holds stays, such as ports in TIME_WAIT")
      ->type_name("TIME");
}

}  // namespace tws
