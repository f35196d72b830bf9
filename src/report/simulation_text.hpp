// What many simulated runs have in common.
#pragma once

#include "tws/diagnose/diagnose.hpp"
#include "tws/measure/run.hpp"
#include "tws/report/style.hpp"

#include <boost/json/value.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tws {

// A quantity over all runs.
class Statistics {
 public:
  void add(double value);
  std::uint64_t count() const { return count_; }
  double mean() const { return mean_; }
  double deviation() const;       // of the runs, not of the mean; 0 for fewer than two
  double standard_error() const;  // of the mean
  double min() const { return min_; }
  double max() const { return max_; }

 private:
  std::uint64_t count_ = 0;
  double mean_ = 0, squares_ = 0;  // Welford's: of the differences from the mean
  double min_ = 0, max_ = 0;
};

class Repeats {
 public:
  void add(const Run& run, const Diagnosis& diagnosis);

  std::string text(const Simulated& simulated, const TextStyle& style) const;
  boost::json::value json(const Simulated& simulated) const;  // "hammer-simulations/1"

 private:
  struct Quantity {
    std::string_view words, key;
    Statistics statistics;
  };
  std::vector<Quantity> quantities_{
      {"Responses", "responses", {}},           {"Responses/sec", "responsesPerSec", {}},
      {"Connections", "connections", {}},       {"Failed attempts", "failedAttempts", {}},
      {"In flight at the end", "inFlight", {}}, {"Slowest, s", "slowestSeconds", {}}};
  std::map<std::string, std::uint64_t> limited_by_;
};

}  // namespace tws
