// Options of a load that changes over time.
#pragma once

#include "cli/values.hpp"
#include "tws/measure/plan.hpp"
#include "tws/measure/profile.hpp"

#include <CLI/CLI.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace tws {

struct LoadWords;

inline constexpr std::uint64_t most_connections = 1'000'000;

// "100..5000": from one value to another. One value alone is none.
bool is_span(const Word& text);
// `text` is_span(), over a time.
Stage rate_span(std::string_view option, const std::string& text, std::chrono::nanoseconds length);
// "30s:100,1m:1000", "30s:10c"
Profile stages(std::string_view option, const std::string& text);

// Sets the profile, and duration and connections as far as they follow from it; what is no span is
// left alone. `plan` has its requests and its duration.
void set_profile(Plan& plan, const LoadWords& words);
// Arrivals and warm-up. `plan` is complete otherwise.
void set_arrivals(Plan& plan, const LoadWords& words);

void add_stages_option(CLI::App& app, Word& word);
void add_profile_options(CLI::App& app, LoadWords& words);
void add_warm_up_options(CLI::App& app, LoadWords& words);

}  // namespace tws
