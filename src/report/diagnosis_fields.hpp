// The tables of what follows from a run: budget, findings, verdict. They are written, never read.
// See json_fields.hpp.
#pragma once

#include "report/json_types.hpp"
#include "tws/diagnose/diagnose.hpp"

namespace tws {

template <>
struct Json<Severity> : Named<Severity, Severity::limit, Severity::warning, Severity::note> {};
template <>
struct Json<Certainty>
    : Named<Certainty, Certainty::measured, Certainty::concluded, Certainty::possible> {};

template <>
inline constexpr auto fields_of<Budget> = table(
    field("tuples", "Ports x sources x targets", &Budget::tuples),
    field("holdSeconds", "That a tuple is held after its connection; 0: not at all",
          &Budget::hold_seconds),
    field("burst", "Connections until the first tuple comes back", &Budget::burst),
    field("sustainedPerSecond", "", &Budget::sustained_per_second),
    field("exhaustedAtSeconds", "At the rate of the run's best sample",
          &Budget::exhausted_at_seconds),
    field("searchSlowFrom", "Ports held from which on the kernel's search for a free one is slow",
          &Budget::search_slow_from),
    field("beforeSearchPerSecond",
          "Connections per second that hold so many; beyond it the search holds a client back",
          &Budget::before_search_per_second));

// An id of the table of findings, or for a verdict "none" as well.
template <auto ids>
struct FindingId : Json<std::string> {
  static json::object schema(Defs&) {
    json::array names;
    for (const std::string_view id : ids()) names.emplace_back(id);
    return {{"enum", std::move(names)}};
  }
};

template <>
inline constexpr auto fields_of<Evidence> = table(field("what", "", &Evidence::what),
                                                  field("value", "", &Evidence::value),
                                                  field("source", "Where it was read",
                                                        &Evidence::source));
template <>
inline constexpr auto fields_of<Remedy> =
    table(field("do", "What to type or to change", &Remedy::action),
          field("effect", "What will be different then", &Remedy::effect),
          field("measured", "By a trial (--prove); empty without one", &Remedy::measured));
template <>
inline constexpr auto fields_of<Finding> =
    table(field<FindingId<finding_ids>>("id", "", &Finding::id),
          field("severity",
                "It limited the run; it took part in what was measured; it looks alarming and is "
                "not",
                &Finding::severity),
          field("certainty",
                "What it says was counted or timed; it follows from that; it is one of several "
                "explanations",
                &Finding::certainty),
          field("headline", "", &Finding::headline),  //
          field("why", "", &Finding::why),            //
          field("evidence", "", &Finding::evidence),  //
          field("remedies", "", &Finding::remedies));

template <>
inline constexpr std::string_view def_of<Verdict> = "verdict";
template <>
inline constexpr auto fields_of<Verdict> = table(
    field<FindingId<verdict_ids>>("limitedBy", "A finding's id, or none", &Verdict::limited_by),
    field("valid",
          "False where the run did not measure the server doing what was asked: it says more about "
          "the client, its system or the network, much of it failed, or it is too short",
          &Verdict::valid),
    field("gotThrough", "99 % of what was asked succeeded, and 99 % of the connections were served",
          &Verdict::got_through),
    field("rateIsServers",
          "The rate is what the server does under this load, not what the client allows; it need "
          "not be the server's maximum",
          &Verdict::rate_is_servers),
    field("latencyIsServers",
          "The latency is the server's: it has no waiting of the client's own in it",
          &Verdict::latency_is_servers),
    field("sentence", "", &Verdict::sentence));

template <>
inline constexpr auto fields_of<Diagnosis> = table(
    field("budget", "How far the source ports reach for this plan; null where there is no ceiling",
          &Diagnosis::budget),
    field("findings", "Most important first", &Diagnosis::findings),
    field("verdict", "", &Diagnosis::verdict),
    field("stageVerdicts", "Of each of stages; empty where the load did not change over time",
          &Diagnosis::stages),
    derived("verdictStage",
            "Of which of them findings and verdict are, from 1; null without stages",
            [](const Diagnosis& one) {
              return one.stage ? std::optional(*one.stage + 1) : std::nullopt;
            }));

}  // namespace tws
