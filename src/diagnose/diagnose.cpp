#include "tws/diagnose/diagnose.hpp"

#include "facts.hpp"
#include "findings.hpp"

#include <algorithm>
#include <array>

namespace tws {
namespace {

using namespace diagnosis;

// What no kernel was asked for.
void name_the_simulation(Finding& finding) {
  for (Evidence& evidence : finding.evidence)
    for (const std::string_view real : {"/proc", "getrusage", "NETLINK", "TCP"})
      if (evidence.source.empty() || evidence.source.starts_with(real))
        evidence.source = name(CensusSource::Simulation);
}

// The verdict is the first of these that limited the run: what stops a client from even asking
// comes before what slows an answer down.
constexpr std::array in_order{unreachable,    source_ports,         time_wait_collision,
                              open_files,     port_search,          conntrack,
                              listen_queue,   time_wait_overflow,   rate,
                              client_cpu,     server_cpu,           server_sequential,
                              server_latency, connections_not_kept, harmless_time_wait};

}  // namespace

std::string_view name(Severity severity) {
  switch (severity) {
    case Severity::limit:
      return "limit";
    case Severity::warning:
      return "warning";
    case Severity::note:
      return "note";
  }
  return {};
}

Diagnosis diagnose(const Run& run) {
  const Facts facts = facts_of(run);
  Diagnosis diagnosis;
  diagnosis.budget = facts.budget;
  for (const auto find : in_order)
    if (auto finding = find(facts)) diagnosis.findings.push_back(std::move(*finding));
  if (run.simulated)
    for (Finding& finding : diagnosis.findings) name_the_simulation(finding);
  std::stable_sort(diagnosis.findings.begin(), diagnosis.findings.end(),
                   [](const Finding& a, const Finding& b) { return a.severity < b.severity; });
  diagnosis.verdict = verdict_of(facts, diagnosis.findings);
  return diagnosis;
}

}  // namespace tws
