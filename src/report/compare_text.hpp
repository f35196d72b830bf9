// The result of `hammer compare` and `hammer ab`.
#pragma once

#include "judge/compare_runs.hpp"
#include "tws/measure/run.hpp"
#include "tws/report/style.hpp"

#include <boost/json/value.hpp>

#include <span>
#include <string>
#include <vector>

namespace tws {

// What two runs were asked to do differently, a line each: "connections: 50, 100". URLs, and what
// does not change the load, are left out.
std::vector<std::string> plan_differences(const Run& one, const Run& other);
// What else differs: kernel, processors, hammer's version, the system's limits, the URL.
std::vector<std::string> other_differences(const Run& one, const Run& other);

struct CompareReport {
  ComparedRuns compared;
  std::vector<std::string> differences;  // other_differences()
  std::size_t runs = 0;
  // Of these did not measure the server, and the ids of what limited them.
  std::size_t not_valid = 0;
  std::vector<std::string> limited_by;

  // Ranks and medians stay what they are with a few runs of another kind: a tenth.
  bool is_valid() const { return 10 * not_valid <= runs; }
  Change overall() const { return is_valid() ? compared.overall() : Change::cant_tell; }
};

std::string compare_text(const CompareReport& report, const TextStyle& style);
boost::json::value compare_json(const CompareReport& report);

}  // namespace tws
