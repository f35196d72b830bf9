#include "tws/diagnose/diagnose.hpp"

#include "diagnose/facts.hpp"
#include "diagnose/findings.hpp"
#include "diagnose/kinds.hpp"
#include "diagnose/stages.hpp"

#include <algorithm>
#include <cassert>

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

std::string_view name(Certainty certainty) {
  switch (certainty) {
    case Certainty::measured:
      return "measured";
    case Certainty::concluded:
      return "concluded";
    case Certainty::possible:
      return "possible";
  }
  return {};
}

Diagnosis diagnose(const Run& run) {
  if (!run.stages.empty()) return diagnose_stages(run);
  const Facts facts = facts_of(run);
  Diagnosis diagnosis;
  diagnosis.budget = facts.budget;
  for (const Kind& kind : kinds())
    if (auto finding = kind.find(facts)) {
      assert(kind.can_be(finding->severity));
      finding->id = kind.id;
      diagnosis.findings.push_back(std::move(*finding));
    }
  if (run.simulated)
    for (Finding& finding : diagnosis.findings) name_the_simulation(finding);
  std::stable_sort(diagnosis.findings.begin(), diagnosis.findings.end(),
                   [](const Finding& a, const Finding& b) { return a.severity < b.severity; });
  diagnosis.verdict = verdict_of(facts, diagnosis.findings);
  return diagnosis;
}

}  // namespace tws
