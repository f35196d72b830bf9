// The ways past a ceiling of source ports: what to type, and for those that hammer can go by itself
// the plan, so that --prove can try them.
#pragma once

#include "diagnose/facts.hpp"
#include "tws/diagnose/diagnose.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace tws::diagnosis {

// How far it leads, the best first.
enum class Reach { no_ceiling, enough, unknown, too_little, contradicted };

struct PortWay {
  Reach reach = Reach::unknown;
  Remedy remedy{};
  std::optional<Plan> plan{};              // nothing: hammer can't do it, as root must
  std::optional<std::uint64_t> sources{};  // that it needs; nothing: as many as the run had
};

// The best first; where a trial contradicted one, that one last.
std::vector<PortWay> ways_past(const Facts& f);
// The whole range as an option, which ends the search and not the ceiling.
std::optional<PortWay> same_range_as_an_option(const Facts& f);

// Every target is on IPv4 loopback, so that all of 127.0.0.0/8 is there to connect from.
bool has_fresh_sources(const Facts& f);

// port_trials.cpp: what the trial of this remedy measured, if there was one.
void note_trial(const Facts& f, PortWay& way);

}  // namespace tws::diagnosis
