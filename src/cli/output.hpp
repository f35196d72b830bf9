// Where the result of a subcommand goes.
#pragma once

#include "cli/files.hpp"
#include "report/formats.hpp"
#include "report/terminal.hpp"

#include <boost/json/value.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tws {

// --out FORMAT=FILE
struct OutOption {
  const Format* format = nullptr;
  std::string path;                   // "-" for stdout
  std::string_view option = "--out";  // that asked for it
};

struct OutputOptions {
  std::optional<std::string> json;  // a file's path, "-" for stdout
  ColourOption colour = ColourOption::automatic;
  bool brief = false;  // of a report: summary and verdict only
  std::vector<OutOption> out;
  std::optional<std::string> name;  // of the run, in these formats
  std::string text = "-";           // where the text goes: a file, stdout; empty: nowhere

  bool text_alone() const { return !json && out.empty(); }
};

// "junit=FILE", or "github" alone for the summary that GitHub's runner names. Throws UsageError.
OutOption parse_out_option(const std::string& text);

// The text goes to stdout, in lines that fit, or to the file of --output. With --json FILE, JSON
// goes to that file as well; with --json - it goes to stdout instead of the text. So does what
// --out names.
class Output {
 public:
  // Opens the files before the run, so that no result is lost because one can't be written. None
  // may be one of `inputs`. Throws UsageError.
  explicit Output(const OutputOptions& options, const std::vector<std::string>& inputs = {});

  TextStyle style() const;
  bool json_alone() const { return json_alone_; }
  // Nothing goes to stdout.
  bool is_silent() const;

  // A part of the text: printed now, or not at all where something else goes to stdout.
  void text(std::string_view text);
  // Writes the whole JSON, if requested.
  void json(const std::function<boost::json::value()>& make);
  // Writes both. If one fails (a full disk, a closed pipe), the other one is still written. Throws
  // RunError that names the failed output.
  void write(const std::function<std::string()>& make_text,
             const std::function<boost::json::value()>& make_json);
  // The whole report of a run, or of several, in all formats. As write(): what fails costs nothing
  // else.
  void report(const Reports& reports);

 private:
  // A file of a format.
  struct Part {
    const Format* format;
    const FormatPart* part;
    std::string_view option;
    std::string path;
    std::unique_ptr<OutputFile> file;  // none: stdout
  };
  void open(const OutOption& option);
  void refuse_one_place_for_two(const OutputOptions& options,
                                const std::vector<std::string>& inputs) const;
  bool has_text() const { return text_to_stdout_ || text_file_; }
  static void write(const Part& part, const Reports& reports);

  ColourOption colour_;
  bool brief_;
  bool json_alone_;
  bool text_to_stdout_;
  std::optional<OutputFile> file_, text_file_;
  std::vector<Part> parts_;
};

// The name of a run in the formats: --name, else its first URL.
std::string run_name(const OutputOptions& options, const Run& run);

}  // namespace tws
