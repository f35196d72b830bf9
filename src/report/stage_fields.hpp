// The tables of a run's parts: its warm-up and its stages. See json_fields.hpp.
#pragma once

#include "report/machine_fields.hpp"
#include "report/tally_fields.hpp"
#include "report/way_fields.hpp"

namespace tws {

inline std::optional<double> per(std::uint64_t count, double divisor) {
  return ratio(static_cast<double>(count), divisor);
}

template <>
inline constexpr auto fields_of<WarmUp> =
    table(field("seconds", "", &WarmUp::seconds), field("responses", "", &WarmUp::responses),
          field("failures", "Of requests and of attempts to connect", &WarmUp::failures),
          field("connected", "Connections that were made", &WarmUp::connected));

inline std::optional<double> stage_rate(const StageRun& stage) {
  return per(stage.tally.successes(), stage.seconds);
}
template <>
inline constexpr auto fields_of<StageRun> = table(
    field("from", "Since the start of the run", &StageRun::from),
    field("seconds", "Its length", &StageRun::seconds),
    derived("requestsPerSec", "Successes per second", stage_rate),
    derived("successRate", "", [](const StageRun& stage) { return success_rate(stage.tally); }),
    derived("latencyPercentiles",
            "Of successes, and of what was on its way when the stage ended, with the age it had "
            "then",
            [](const StageRun& stage) {
              return quantiles(stage.tally.latency, unfinished(stage.tally));
            }),
    group("attempts", "As the run's", part(&StageRun::tally, attempts_fields)),
    group("connections", "As the run's", part(&StageRun::tally, connections_fields)),
    part(&StageRun::tally, field("totalData", "Bytes of all response bodies", &Tally::body_bytes),
         field<StatusCounts>("statusCodeDistribution", "Responses by status",
                             &Tally::responses_by_status)),
    group("requests",
          "As the run's. What is in flight at the end of a stage is started in the next one, too",
          part(&StageRun::tally, requests_fields)),
    group("rate", "As the run's; zeros where the plan has no rate",
          part(&StageRun::tally, due_fields)),
    group("inFlight", "As the run's", part(&StageRun::tally, in_flight_fields)),
    part(&StageRun::tally, field("longestStandstillSeconds", "", &Tally::longest_standstill),
         field<ByPhase<Nanoseconds>>("nanoseconds", "In each phase", &Tally::time_in_phase)),
    group("tls", "As the run's", part(&StageRun::tally, tls_fields)),
    group("sockets", "TCP sockets towards the target; null without a census",
          field("before", "", &StageRun::sockets_before),
          field("after", "", &StageRun::sockets_after)),
    field("counters", "As the run's", &StageRun::counters),
    field("cpu", "As the run's", &StageRun::cpu),
    field("serverSide", "As the run's", &StageRun::server_side),
    field("way", "As the run's", &StageRun::way),
    field("upstreams", "As the run's", &StageRun::upstreams),
    group("histograms", "All that was recorded", part(&StageRun::tally, histograms_fields)));

}  // namespace tws
