#include "tws/diagnose/diagnose.hpp"

#include "facts.hpp"
#include "findings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace tws {
namespace {

using namespace diagnosis;

// The verdict is the first of these that limited the run: what stops a client from even asking comes
// before what slows an answer down.
constexpr std::array in_order{unreachable,   source_ports, time_wait_collision, open_files,
                              port_search,   conntrack,    listen_queue,        time_wait_overflow,
                              rate,          client_cpu,   server_cpu,          server_sequential,
                              server_latency, harmless_time_wait};

// These are about the client or its operating system, whatever the server can do.
constexpr std::array<std::string_view, 7> of_the_client{
    "ephemeral-ports", "port-search", "time-wait-reuse", "time-wait-collision",
    "time-wait-overflow", "conntrack", "client-cpu"};

Verdict verdict_of(const Run& run, const std::vector<Finding>& findings) {
  const auto limit = std::find_if(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.severity == Severity::limit;
  });
  if (limit == findings.end()) {
    if (run.tally.responses() == 0)
      return {"none", false, "Nothing was measured: there was no response."};
    return {"none", true,
            "No limit was found: ports, files, queues and CPU all had room. More connections (-c) "
            "might do more."};
  }
  Verdict verdict{limit->id, true, {}};
  const bool by_client =
      std::find(of_the_client.begin(), of_the_client.end(), limit->id) != of_the_client.end();
  const bool own_files = limit->id == "open-files" && run.tally.attempts_failed.count("EMFILE") > 0;
  verdict.valid = !by_client && !own_files && limit->id != "unreachable";
  verdict.sentence = fmt::format(
      "Limited by {}{}", limit->id,
      verdict.valid ? ": the numbers are about the server."
                    : limit->id == "unreachable"
                          ? ": no server was measured."
                          : ": the numbers are about the client and its system, not the server.");
  return verdict;
}

}  // namespace

std::string_view name(Severity severity) {
  switch (severity) {
    case Severity::limit: return "limit";
    case Severity::warning: return "warning";
    case Severity::note: return "note";
  }
  return {};
}

Diagnosis diagnose(const Run& run) {
  const Facts facts = facts_of(run);
  Diagnosis diagnosis;
  diagnosis.budget = facts.budget;
  for (const auto find : in_order)
    if (auto finding = find(facts)) diagnosis.findings.push_back(std::move(*finding));
  std::stable_sort(diagnosis.findings.begin(), diagnosis.findings.end(),
                   [](const Finding& a, const Finding& b) { return a.severity < b.severity; });
  diagnosis.verdict = verdict_of(run, diagnosis.findings);
  return diagnosis;
}

}  // namespace tws
