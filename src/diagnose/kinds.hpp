// The table of findings: what there is, in which order it counts, and what a verdict makes of it.
// diagnose(), the verdict and the JSON's schema follow from it, and docs/verdict.md is held against
// it by a test.
#pragma once

#include "diagnose/facts.hpp"
#include "tws/diagnose/diagnose.hpp"

#include <array>
#include <optional>
#include <span>
#include <string_view>

namespace tws::diagnosis {

// What limited a run, in the verdict's words, and which numbers are the server's in spite of it.
// For the latency it takes CPU to spare as well.
struct Limit {
  std::string_view words;
  bool rate = true, latency = true;
  bool failed = rate;  // where the load did not get through, whether the server made it so
};

struct Kind {
  std::string_view id;
  std::optional<Finding> (*find)(const Facts&);  // without the id
  std::array<bool, 3> severities;                // by Severity, those that it can have
  Limit limit;
  // Where this holds it is another limit.
  bool (*is_other)(const Facts&) = nullptr;
  Limit other{};

  bool can_be(Severity severity) const { return severities[static_cast<std::size_t>(severity)]; }
};

// The verdict is the first of these that limited the run: what stops a client from even asking
// comes before what slows an answer down. The last one is "none".
std::span<const Kind> kinds();

Limit limit_of(const Facts& f, std::string_view id);

}  // namespace tws::diagnosis
