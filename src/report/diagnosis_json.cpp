#include "diagnosis_json.hpp"

namespace tws {

namespace json = boost::json;

json::array findings_json(const std::vector<Finding>& findings) {
  json::array all;
  for (const Finding& finding : findings) {
    json::array evidence, remedies;
    for (const Evidence& one : finding.evidence)
      evidence.push_back({{"what", one.what}, {"value", one.value}, {"source", one.source}});
    for (const Remedy& one : finding.remedies)
      remedies.push_back({{"do", one.action}, {"effect", one.effect}});
    all.push_back({{"id", finding.id},
                   {"severity", name(finding.severity)},
                   {"headline", finding.headline},
                   {"why", finding.why},
                   {"evidence", evidence},
                   {"remedies", remedies}});
  }
  return all;
}

json::object verdict_json(const Verdict& verdict) {
  return {{"limitedBy", verdict.limited_by},
          {"valid", verdict.valid},
          {"rateIsServers", verdict.rate_is_servers},
          {"latencyIsServers", verdict.latency_is_servers},
          {"sentence", verdict.sentence}};
}

}  // namespace tws
