// The tables of what `hammer search --json` writes. See json_fields.hpp.
#pragma once

#include "report/diagnosis_fields.hpp"
#include "report/search_report.hpp"

namespace tws {

template <>
struct Json<Holds> : Named<Holds, Holds::yes, Holds::no, Holds::sometimes, Holds::unknown> {};
template <>
struct Json<Missed>
    : Named<Missed, Missed::nothing, Missed::never_begun, Missed::queue, Missed::slo> {};
template <>
struct Json<SearchEnd> : Named<SearchEnd, SearchEnd::found, SearchEnd::all_hold,
                               SearchEnd::none_hold, SearchEnd::no_time, SearchEnd::stopped> {};

inline constexpr std::string_view missed_words =
    "Requests were due and never begun; the latency grew all the while; a limit of the SLO did not "
    "pass";

template <>
inline constexpr auto fields_of<RateRow> = table(
    field("rate", "Requests per second", &RateRow::rate),
    field("holds", "sometimes: trials disagree; unknown: there were too few", &RateRow::holds),
    field("trials", "", &RateRow::trials),  //
    field("trialsHeld", "", &RateRow::trials_held),
    field("secondsHeld", "Of load in which it held", &RateRow::seconds_held),
    field("secondsMissed", "Of load in which it did not", &RateRow::seconds_missed),
    field("wasHeld", "It held for holdSeconds", &RateRow::was_held),
    field("p50", "The median of its trials'", &RateRow::p50),
    field("p99", "The same", &RateRow::p99),
    field("errors", "Share of what ended, of all its trials", &RateRow::errors),
    field("neverBegun", "Requests", &RateRow::never_begun),
    field("missed", missed_words, &RateRow::missed));

template <>
inline constexpr auto fields_of<RateTrial> = table(
    derived("rate", "Requests per second", [](const RateTrial& one) { return one.step.rate; }),
    derived("seconds", "", [](const RateTrial& one) { return one.step.seconds; }),
    derived("isHold", "The last one, of the lower bound",
            [](const RateTrial& one) { return one.step.is_hold; }),
    derived("holds", "", &RateTrial::holds),  //
    field("missed", missed_words, &RateTrial::missed),
    derived("connections", "", [](const RateTrial& one) { return one.plan.connections; }),
    field("due", "Requests", &RateTrial::due),  //
    field("neverBegun", "Of these", &RateTrial::never_begun),
    field("ended", "Responses, failed requests and failed attempts to connect", &RateTrial::ended),
    field("failed", "Of these: not what was asked for", &RateTrial::failed),
    field("p50", "", &RateTrial::p50),  //
    field("p99", "", &RateTrial::p99),
    field("meanServiceTime", "From sending", &RateTrial::service_time),
    derived<FindingId<verdict_ids>>("limitedBy", "",
                                    [](const RateTrial& one) { return one.verdict.limited_by; }));

template <>
inline constexpr auto fields_of<Stop> = table(
    derived("rate", "That does not hold", [](const Stop& one) { return one.trial->step.rate; }),
    derived<FindingId<verdict_ids>>("limitedBy", "The verdict of a trial",
                                    [](const Stop& one) { return one.trial->verdict.limited_by; }),
    derived("sentence", "", [](const Stop& one) { return one.trial->verdict.sentence; }),
    derived("missed", missed_words, [](const Stop& one) { return one.trial->missed; }),
    field("lacksConnections", "All of them were busy: more may do more", &Stop::lacks_connections),
    derived("isServers",
            "False where hammer, its machine or the way is the limit: the bounds are then no "
            "capacity of the server",
            &Stop::is_servers),
    derived("remedies", "", [](const Stop& one) { return one.trial->remedies; }),
    derived("command", "That makes such a trial", command_of));

inline std::optional<double> rate_of(const TriedRate* one) {
  return one ? std::optional(one->rate) : std::nullopt;
}

template <>
inline constexpr std::string_view def_of<SearchReport> = "search";
template <>
inline constexpr auto fields_of<SearchReport> = table(
    derived("schema", "", [](const SearchReport&) { return std::string("hammer-search/1"); }),
    field("urls", "As typed", &SearchReport::urls),
    field("slo", "The limits, as typed", &SearchReport::slo),
    derived("from", "", [](const SearchReport& one) { return one.search.plan().from; }),
    derived("to", "", [](const SearchReport& one) { return one.search.plan().to; }),
    derived("precision", "", [](const SearchReport& one) { return one.search.plan().precision; }),
    derived("trialSeconds", "", [](const SearchReport& one) { return one.search.plan().trial; }),
    derived("holdSeconds", "", [](const SearchReport& one) { return one.search.plan().hold; }),
    field("seconds", "All of it", &SearchReport::seconds),
    derived("end",
            "How it ended: between two bounds; every rate up to the highest one holds; the first "
            "rate does not; there was no time for more; a signal or an error",
            &SearchReport::end),
    derived("lower", "It and all lower rates hold",
            [](const SearchReport& one) { return rate_of(one.search.lower()); }),
    derived("upper", "It does not hold, nor does any higher rate",
            [](const SearchReport& one) { return rate_of(one.search.upper()); }),
    derived("lowerWasHeld", "For holdSeconds, at the end",
            [](const SearchReport& one) {
              return one.search.lower() && one.search.lower()->was_held;
            }),
    derived("stop", "What stops it above the lower bound", &SearchReport::stop),
    derived("knee", "The rate from which on p99 is more than twice that of the lowest rate",
            [](const SearchReport& one) { return knee_of(rows_of(one)); }),
    derived("rates", "In ascending order", rows_of),
    field("trials", "In their order", &SearchReport::trials));

}  // namespace tws
