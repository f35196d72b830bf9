// Where the result of a subcommand goes.
#pragma once

#include "cli/files.hpp"
#include "report/terminal.hpp"
#include "tws/diagnose/diagnose.hpp"
#include "tws/measure/run.hpp"

#include <boost/json/value.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace tws {

struct OutputOptions {
  std::optional<std::string> json;  // a file's path, "-" for stdout
  ColourOption colour = ColourOption::automatic;
  bool brief = false;  // of a report: summary and verdict only
};

// The text goes to stdout, in lines that fit. With --json FILE, JSON goes to that file as well;
// with --json - it goes to stdout instead of the text.
class Output {
 public:
  // Opens the file before the run, so that no result is lost because it can't be written. Throws
  // UsageError.
  explicit Output(const OutputOptions& options);

  TextStyle style() const;
  bool json_alone() const { return json_alone_; }

  // A part of the text: printed now, or not at all with --json -.
  void text(std::string_view text);
  // Writes the whole JSON, if requested.
  void json(const std::function<boost::json::value()>& make);
  // Writes both. If one fails (a full disk, a closed pipe), the other one is still written. Throws
  // RunError that names the failed output.
  void write(const std::function<std::string()>& make_text,
             const std::function<boost::json::value()>& make_json);
  // The whole report of a run.
  void report(const Run& run, const Diagnosis& diagnosis);

 private:
  ColourOption colour_;
  bool brief_, json_alone_;
  std::optional<OutputFile> file_;
};

}  // namespace tws
