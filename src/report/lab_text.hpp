// The lab's table: a row for each scenario, as it ends.
#pragma once

#include "tws/report/style.hpp"

#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tws {

struct LabRow {
  std::string scenario;
  std::string closes_first;         // "client", "server", "reset", "kept"
  std::uint64_t ports = 0;          // usable, for each source address and target
  std::optional<double> predicted;  // connections; nothing: no ceiling
  double measured = 0;              // connections; responses where there is no ceiling
  std::optional<double> error;      // share of the prediction
  double per_second = 0;            // connections
  std::string verdict;              // a finding's id
  bool as_predicted = false;
  bool too_slow = false;  // this machine did not make enough connections to tell
  bool interrupted = false;
  std::string why_not;
  // When a growing rate found no port; nothing for other scenarios.
  std::optional<double> predicted_seconds, measured_seconds;
  std::optional<std::string> skipped;  // why; then nothing else counts but the scenario
  boost::json::value run;              // the whole of it
};

std::string lab_head();
std::string lab_row(const LabRow& row, const TextStyle& style);
// How many came out as predicted.
std::string lab_sum(const std::vector<LabRow>& rows);

boost::json::value lab_json(const std::vector<LabRow>& rows);

}  // namespace tws
