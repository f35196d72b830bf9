// The formats of other programs: --out FORMAT=FILE.
#pragma once

#include "tws/judge/judge.hpp"
#include "tws/measure/run.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tws {

// A run and what follows from it.
struct Reported {
  std::string name;  // of charts and suites: the same for the same test
  Run run;
  Diagnosis diagnosis;
  std::vector<Outcome> outcomes;
};
Reported reported(std::string name, Run run);

using Reports = std::vector<Reported>;

// One file of a format.
struct FormatPart {
  std::string_view suffix;  // before the file's extension; empty if there is only one file
  std::string (*write)(const Reports& reports);
};

struct Format {
  std::string_view name;
  std::string_view words;  // what it is for
  std::span<const FormatPart> parts;
  bool appends = false;  // to a file that others write to as well
};

std::span<const Format> formats();
// Nothing for an unknown name.
const Format* format_of(std::string_view name);

std::string as_json(const Reports& reports);
std::string as_csv(const Reports& reports);
std::string as_hdr(const Reports& reports);
std::string as_junit(const Reports& reports);
std::string as_open_metrics(const Reports& reports);
std::string as_markdown(const Reports& reports);
// One page: the first run, and the others where it is compared with them.
std::string as_html(const Reports& reports);
std::string as_bencher(const Reports& reports);
std::string as_benchmark_action_bigger(const Reports& reports);
std::string as_benchmark_action_smaller(const Reports& reports);

// GitHub's workflow commands: an error for each threshold that failed, a warning for each that is
// unknown. The runner reads them from stdout and stderr.
std::string github_annotations(const Reports& reports);

}  // namespace tws
