#include "cli/output.hpp"

#include "cli/same_file.hpp"
#include "cli/values.hpp"
#include "report/fit.hpp"
#include "tws/report/diagnosis_text.hpp"
#include "tws/report/json.hpp"
#include "tws/report/outcomes_text.hpp"
#include "tws/report/text.hpp"
#include "tws/support/errors.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <initializer_list>
#include <set>
#include <unistd.h>
#include <utility>

namespace tws {
namespace {

using Step = std::function<void()>;

// Takes all of them, whichever fails. Throws RunError with everything that failed.
void take_all(const std::vector<Step>& steps) {
  std::string lost;
  for (const Step& step : steps) {
    try {
      step();
    } catch (const RunError& error) {
      lost += (lost.empty() ? "" : "; ") + std::string(error.what());
    }
  }
  if (!lost.empty()) throw RunError(lost);
}

// "bench.json" and ".bigger": "bench.bigger.json"
std::string with_suffix(const std::string& path, std::string_view suffix) {
  std::filesystem::path name(path);
  const auto extension = name.extension().string();
  name.replace_extension();
  return fmt::format("{}{}{}", name.string(), suffix, extension);
}

std::string text_of(const Reports& reports, const TextStyle& style) {
  std::string text;
  for (const Reported& one : reports) {
    if (reports.size() > 1) text += fmt::format("{}== {} ==\n", text.empty() ? "" : "\n", one.name);
    text += to_text(one.run, style) + diagnosis_text(one.diagnosis, style) +
            outcomes_text(one.outcomes, style);
  }
  return text;
}

}  // namespace

OutOption parse_out_option(const std::string& text) {
  const auto equals = std::min(text.find('='), text.size());
  const auto name = text.substr(0, equals);
  OutOption option{format_of(name), text.substr(std::min(equals + 1, text.size()))};
  if (!option.format) {
    std::vector<std::string_view> names;
    for (const Format& format : formats()) names.push_back(format.name);
    refuse("--out", text, fmt::format("FORMAT=FILE with one of {}", fmt::join(names, ", ")));
  }
  if (const char* summary = std::getenv("GITHUB_STEP_SUMMARY"); text == "github" && summary)
    option.path = summary;
  if (option.path.empty())
    refuse("--out", fmt::format("'{}' needs a file: {}=FILE, or - for stdout{}", text, name,
                                name == "github" ? ". GITHUB_STEP_SUMMARY is not set" : ""));
  if (option.path == "-" && option.format->parts.size() > 1)
    refuse("--out", fmt::format("'{}' is two files, which can't both be stdout", text));
  return option;
}

Output::Output(const OutputOptions& options, const std::vector<std::string>& inputs)
    : colour_(options.colour),
      brief_(options.brief),
      json_alone_(options.json == "-"),
      text_to_stdout_(options.text == "-" && !json_alone_) {
  if (options.json && !json_alone_) file_.emplace("--json", *options.json);
  for (const OutOption& one : options.out) open(one);
  if (options.text != "-" && !options.text.empty()) text_file_.emplace("--output", options.text);
  refuse_one_place_for_two(options, inputs);
}

void Output::refuse_one_place_for_two(const OutputOptions& options,
                                      const std::vector<std::string>& inputs) const {
  std::vector<std::pair<std::string, std::string_view>> places;  // path, option
  if (text_to_stdout_) places.emplace_back("-", "stdout");
  if (options.json) places.emplace_back(*options.json, "--json");
  for (const Part& part : parts_) places.emplace_back(part.path, part.option);
  if (text_file_) places.emplace_back(options.text, "--output");
  std::set<std::string> read, written;
  for (const auto& path : inputs) read.insert(identity_of(path));
  for (const auto& [path, option] : places) {
    const auto identity = path == "-" ? identity_of_stdout() : identity_of(path);
    if (path != "-" && read.contains(identity))
      refuse(option, fmt::format("'{}' is read, and would be overwritten", path));
    if (!written.insert(identity).second)
      refuse(option, path == "-" ? "only one output can go to stdout"
                                 : fmt::format("'{}' would be written twice", path));
  }
}

void Output::open(const OutOption& option) {
  for (const FormatPart& part : option.format->parts) {
    const bool to_stdout = option.path == "-";
    if (to_stdout) text_to_stdout_ = false;
    const auto path = to_stdout ? option.path : with_suffix(option.path, part.suffix);
    parts_.push_back({option.format, &part, option.option, path,
                      to_stdout ? nullptr : std::make_unique<OutputFile>(option.option, path)});
  }
}

bool Output::is_silent() const {
  return !text_to_stdout_ && !json_alone_ &&
         std::ranges::all_of(parts_, [](const Part& part) { return part.file != nullptr; });
}

TextStyle Output::style() const {
  constexpr int no_terminal = -1;
  auto style = style_of(text_file_ ? no_terminal : STDOUT_FILENO, colour_);
  style.brief = brief_;
  return style;
}

void Output::text(std::string_view text) {
  if (text_file_)
    text_file_->write(fitted(text, style().width));
  else if (text_to_stdout_)
    print(fitted(text, style().width));
}

void Output::json(const std::function<boost::json::value()>& make) {
  if (json_alone_) print(pretty(make()) + "\n");
  if (file_) file_->write(pretty(make()) + "\n");
}

void Output::write(const std::function<std::string()>& make_text,
                   const std::function<boost::json::value()>& make_json) {
  take_all({[&] { json(make_json); }, [&] { text(has_text() ? make_text() : std::string()); }});
}

void Output::write(const Part& part, const Reports& reports) {
  std::string text;
  if (part.format->appends && part.file && std::filesystem::is_regular_file(part.path))
    if (const int error = read_file(part.path, text))
      throw RunError(
          fmt::format("{}: '{}' can't be read: {}", part.option, part.path, errno_text(error)));
  text += part.part->write(reports);
  if (part.file)
    part.file->write(text);
  else
    print(text);
}

void Output::report(const Reports& reports) {
  std::vector<Step> steps;
  if (json_alone_) steps.emplace_back([&] { print(as_json(reports)); });
  if (file_) steps.emplace_back([&] { file_->write(as_json(reports)); });
  for (const Part& part : parts_) steps.emplace_back([&] { write(part, reports); });
  if (has_text()) steps.emplace_back([&] { text(text_of(reports, style())); });
  if (std::ranges::any_of(parts_, [](const Part& part) { return part.format->name == "github"; }))
    steps.emplace_back([&] { write_all(STDERR_FILENO, github_annotations(reports), "stderr"); });
  take_all(steps);
}

std::string run_name(const OutputOptions& options, const Run& run) {
  if (options.name) return *options.name;
  return run.plan.urls.empty() ? "simulation" : run.plan.urls.front();
}

}  // namespace tws
