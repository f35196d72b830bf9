// What limited a run, with the evidence and the way out: a function of values.
#pragma once

#include "tws/measure/run.hpp"
#include "tws/model/budget.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tws {

enum class Severity : std::uint8_t {
  limit,    // it limited the run
  warning,  // it took part in what was measured, or will on a longer run
  note,     // it looks alarming and is not
};
std::string_view name(Severity severity);

// How sure a finding is.
enum class Certainty : std::uint8_t {
  measured,   // what it says was counted or timed
  concluded,  // it follows from what was measured
  possible,   // it fits what was measured, and so does something else, which it names
};
std::string_view name(Certainty certainty);

struct Evidence {
  std::string what;
  std::string value;
  std::string source;  // where it was read
};

struct Remedy {
  std::string action;         // what to type or to change
  std::string effect;         // what will be different then, as a number
  std::string measured = {};  // by a trial (--prove); empty without one
};

struct Finding {
  std::string id;  // of finding_ids()
  Severity severity = Severity::warning;
  Certainty certainty = Certainty::concluded;
  std::string headline;  // what happened, in one sentence with the numbers
  std::string why;       // two or three sentences that hold for this kernel
  std::vector<Evidence> evidence;
  std::vector<Remedy> remedies;
};

struct Verdict {
  std::string limited_by;  // a finding's id, or "none"
  // False where the run did not measure the server doing what was asked: it says more about the
  // client, its system or the network, much of it failed, or it is too short.
  bool valid = true;
  // 99 % of what was asked succeeded, and 99 % of the connections were served.
  bool got_through = true;
  // Whether this number is what the server does under this load. The rate need not be the most that
  // it can do: the sentence says so.
  bool rate_is_servers = true;
  bool latency_is_servers = true;
  std::string sentence;  // or several: what limited the run first, then what the numbers are worth
  std::string not_valid_because{};  // in a few words; empty where it is valid
  // The load did not get through, and the server made it so: that is a result, though no rate and
  // no latency is one.
  bool server_failed = false;
};

struct Diagnosis {
  Budget budget;
  std::vector<Finding> findings;  // most important first
  Verdict verdict;
  // Of each of the run's stages, if its load changed over time; `stage` is the one that findings
  // and verdict are about. There is none about all of them together.
  std::vector<Verdict> stages{};
  std::optional<std::size_t> stage{};
};

Diagnosis diagnose(const Run& run);

// The ids of all findings in the order in which they count, and those that a verdict can have.
std::vector<std::string_view> finding_ids();
std::vector<std::string_view> verdict_ids();

}  // namespace tws
