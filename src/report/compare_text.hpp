// The result of `hammer compare` and `hammer ab`.
#pragma once

#include "judge/compare_runs.hpp"
#include "tws/measure/run.hpp"
#include "tws/report/style.hpp"

#include <boost/json/value.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace tws {

// What two runs were asked to do differently, as options: "-c 50, -c 100". URLs, and what does not
// change the load, are left out.
std::vector<std::string> plan_differences(const Run& one, const Run& other);
// What else differs: kernel, processors, hammer's version, the system's limits, the URL.
std::vector<std::string> other_differences(const Run& one, const Run& other);

struct CompareReport {
  ComparedRuns compared;
  std::vector<std::string> differences;         // other_differences()
  std::optional<std::size_t> interrupted_of{};  // of so many runs, by a signal
};

std::string compare_text(const CompareReport& report, const TextStyle& style);
boost::json::value compare_json(const CompareReport& report);

}  // namespace tws
