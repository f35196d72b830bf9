// Whether a run kept the user's thresholds: a function of a run and its diagnosis.
#pragma once

#include "tws/diagnose/diagnose.hpp"
#include "tws/judge/threshold.hpp"
#include "tws/measure/run.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tws {

enum class Result : std::uint8_t {
  pass,
  fail,
  unknown,  // nothing was measured, or what was measured is not the server's
};
std::string_view name(Result result);

struct Outcome {
  Threshold threshold;
  Result result = Result::unknown;
  // What the limit was compared with, in the threshold's unit; with a window that of the worst
  // part. Nothing without a sample.
  std::optional<double> value;
  bool at_least = false;             // the value depends on requests in flight: it may be more
  std::optional<double> window_end;  // of the worst part, in seconds since the start
  std::string why;                   // it is unknown

  // How far the value is from the limit: above 0 on the right side of it.
  std::optional<double> margin() const;
};

// One for each threshold of the plan; one that stands there twice is judged once.
std::vector<Outcome> judge(const Run& run, const Diagnosis& diagnosis);

// `fail` if one failed, else `unknown` if one is unknown. `pass` without any.
Result overall(const std::vector<Outcome>& outcomes);

}  // namespace tws
