#include "report/formats.hpp"

#include "tws/report/json.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tws {
namespace {

constexpr FormatPart json[]{{"", as_json}};
constexpr FormatPart csv[]{{"", as_csv}};
constexpr FormatPart hdr[]{{"", as_hdr}};
constexpr FormatPart junit[]{{"", as_junit}};
constexpr FormatPart open_metrics[]{{"", as_open_metrics}};
constexpr FormatPart markdown[]{{"", as_markdown}};
constexpr FormatPart html[]{{"", as_html}};
constexpr FormatPart bencher[]{{"", as_bencher}};
constexpr FormatPart benchmark_action[]{{".bigger", as_benchmark_action_bigger},
                                        {".smaller", as_benchmark_action_smaller}};

constexpr std::array all{
    Format{"json", "as --json", json},
    Format{"csv", "a line for each second", csv},
    Format{"hdr", "a log of HdrHistogram", hdr},
    Format{"junit", "a test case for each threshold", junit},
    Format{"openmetrics", "for GitLab's metrics reports", open_metrics},
    Format{"markdown", "tables", markdown},
    Format{"html", "a page with charts, for browsers; of the first run, beside the others", html},
    Format{"bencher", "Bencher's metric format", bencher},
    Format{"benchmark-action",
           "for github-action-benchmark: FILE with .bigger and with .smaller before its extension",
           benchmark_action},
    Format{"github", "adds the tables to the step's summary, and says on stderr what failed",
           markdown, true},
};

}  // namespace

Reported reported(std::string name, Run run) {
  Diagnosis diagnosis = diagnose(run);
  auto outcomes = judge(run, diagnosis);
  return {std::move(name), std::move(run), std::move(diagnosis), std::move(outcomes)};
}

std::span<const Format> formats() {
  return all;
}

const Format* format_of(std::string_view name) {
  const auto found = std::ranges::find(all, name, &Format::name);
  return found == all.end() ? nullptr : &*found;
}

std::string as_json(const Reports& reports) {
  boost::json::array runs;
  for (const Reported& one : reports) runs.emplace_back(to_json(one.run, one.diagnosis));
  return pretty(runs.size() == 1 ? runs.front() : boost::json::value(std::move(runs))) + '\n';
}

}  // namespace tws
