// The table of what came of the thresholds. It is written, never read. See json_fields.hpp.
#pragma once

#include "report/json_types.hpp"
#include "tws/judge/judge.hpp"

namespace tws {

template <>
struct Json<Result> : Named<Result, Result::pass, Result::fail, Result::unknown> {};
template <>
struct Json<Unit> : Named<Unit, Unit::seconds, Unit::share, Unit::per_second, Unit::count> {};
template <>
struct Json<Relation>
    : Named<Relation, Relation::below, Relation::at_most, Relation::above, Relation::at_least> {};

// Below 0 where the limit is not kept.
struct Distance {
  static json::value write(const std::optional<double>& value) {
    return value ? Json<double>::write(*value) : json::value(nullptr);
  }
  static json::object schema(Defs&) { return {{"type", json::array{"number", "null"}}}; }
};

template <>
inline constexpr auto fields_of<Outcome> = table(
    derived("threshold", "As typed", [](const Outcome& one) { return one.threshold.text; }),
    field("result",
          "unknown: nothing was measured, or what was measured is not the server's; `why` says it",
          &Outcome::result),
    field("value", "What was compared; with a window that of its worst part", &Outcome::value),
    derived("relation", "", [](const Outcome& one) { return one.threshold.relation; }),
    derived("limit", "", [](const Outcome& one) { return one.threshold.limit; }),
    derived("unit", "Of value, limit and margin",
            [](const Outcome& one) { return one.threshold.unit; }),
    derived<Distance>("margin", "From the value to the limit; below 0 on the wrong side of it",
                      &Outcome::margin),
    field("atLeast", "The value depends on requests in flight: it may be more", &Outcome::at_least),
    derived("windowSeconds", "", [](const Outcome& one) { return one.threshold.window; }),
    field("windowEnd", "Of the worst part, in seconds since the start", &Outcome::window_end),
    field<EmptyIsNull<std::string>>("why", "", &Outcome::why));

}  // namespace tws
