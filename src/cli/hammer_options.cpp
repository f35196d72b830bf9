#include "cli/hammer_options.hpp"

#include "cli/parse.hpp"
#include "cli/typed_words.hpp"
#include "cli/values.hpp"
#include "report/command_line.hpp"
#include "tws/support/errors.hpp"

#include <fmt/format.h>

#include <ostream>
#include <utility>
#include <vector>

namespace tws {
namespace {

struct OutputWords {
  Word json, colour, name, output, format;
  std::vector<std::string> out;
  bool brief = false;
};

// Subcommands that print the report of a run.
bool has_report(const CLI::App& app) {
  for (const std::string_view name : {"hammer", "explain", "report", "prove", "lab", "simulate"})
    if (app.get_name() == name) return true;
  return false;
}

void add_output_options(CLI::App& app, OutputWords& words, bool reports_runs) {
  app.add_option("--json", words.json,
                 "Write the result to FILE as JSON, too; with - print JSON instead of text")
      ->type_name("FILE");
  if (reports_runs) {
    std::string formats_text;
    for (const Format& format : formats())
      formats_text += fmt::format("\n{}: {}", format.name, format.words);
    app.add_option(
           "--out", words.out,
           "Write the result in another format, too; may be repeated. With - for FILE print "
           "it instead of text" +
               formats_text)
        ->type_name("FORMAT=FILE")
        ->allow_extra_args(false)
        ->take_all();
    app.add_option("--name", words.name,
                   "Name of the run in these formats [its first URL; a saved run's file]")
        ->type_name("NAME");
    app.add_option("-o,--output", words.output,
                   "Write to FILE what would go to stdout, and nothing to stdout")
        ->type_name("FILE");
    app.add_option("--output-format", words.format,
                   "What is written there [text]\n"
                   "csv: a line for each second; quiet: nothing")
        ->type_name("text|json|csv|quiet");
  }
  app.add_option("--color", words.colour, "Colours [auto: on a terminal, unless NO_COLOR is set]")
      ->type_name("auto|always|never");
  if (has_report(app)) app.add_flag("--brief", words.brief, "Print only summary and verdict");
}

void check_path(std::string_view option, const Word& path) {
  if (path == "") refuse(option, *path, "a file's path, or - for stdout");
}

// -o and --output-format: what goes to stdout, or to a file in its place.
void set_main_output(OutputOptions& output, const OutputWords& words) {
  check_path("--output", words.output);
  const auto path = words.output.value_or("-");
  const auto format = words.format.value_or("text");
  output.text = format == "text" ? path : "";
  if (format == "quiet" && words.output)
    refuse("--output", fmt::format("'{}' would stay empty with --output-format quiet", path));
  if (format == "json" && path == "-" && !output.json)
    output.json = "-";
  else if (format == "json" || format == "csv")
    output.out.push_back({format_of(format), path, words.output ? "--output" : "--output-format"});
  else if (format != "text" && format != "quiet")
    refuse("--output-format", format,
           "one of text, json, csv, quiet; other formats: --out FORMAT=FILE");
}

OutputOptions to_output(const OutputWords& words) {
  check_path("--json", words.json);
  OutputOptions output;
  output.json = words.json;
  output.brief = words.brief;
  output.name = words.name;
  for (const auto& one : words.out) output.out.push_back(parse_out_option(one));
  set_main_output(output, words);
  if (!words.colour) return output;
  const auto option = parse_colour_option(*words.colour);
  if (!option) refuse("--color", *words.colour, "one of auto, always, never");
  output.colour = *option;
  return output;
}

// Refuses the options of a run before a subcommand, except the output options that it has, too.
void refuse_load_options(const CLI::App& app) {
  const auto is_shared = [](const CLI::App& subcommand, const CLI::Option& option) {
    for (const char* name :
         {"--json", "--color", "--out", "--name", "--output", "--output-format", "--brief"})
      if (option.check_name(name)) {
        const auto* own = subcommand.get_option_no_throw(name);
        return own && !own->get_group().empty();  // a hidden one is refused
      }
    return false;
  };
  for (const auto* subcommand : app.get_subcommands())
    for (const auto* option : app.get_options())
      if (option->count() > 0 && !is_shared(*subcommand, *option))
        throw UsageError(fmt::format("{} can't be used with {}",
                                     option->get_positional() ? "URL" : option->get_name(),
                                     subcommand->get_name()));
}

template <typename T>
Subcommand<Command> declare(CLI::App& app) {
  Subcommand<T> one = T::declare(app);
  return {one.app, [read = std::move(one.read)]() -> Command { return read(); },
          requires {T::reports_runs;
}
};  // namespace
}  // namespace tws

template <typename... T>
std::vector<Subcommand<Command>> declare_all(CLI::App& app, const std::variant<T...>*) {
  return {declare<T>(app)...};
}

std::string quoted(int argc, const char* const* argv) {
  std::string text = "hammer";
  for (int i = 1; i < argc; ++i) text += ' ' + for_shell(argv[i]);
  return text;
}

}  // namespace

std::optional<HammerOptions> parse_hammer_options(int argc, const char* const* argv,
                                                  std::ostream& out, int width) {
  CLI::App app(
      "Loads an HTTP server. Reports throughput, latency, the sockets, and what limited the run.",
      "hammer");
  app.set_version_flag("--version", "hammer " TWS_VERSION);
  set_up(app, width);
  app.require_subcommand(0, 1);
  const auto subcommands = declare_all(app, static_cast<const Command*>(nullptr));
  OutputWords words;
  for (const auto& one : subcommands) add_output_options(*one.app, words, one.reports_runs);
  // Set last, because subcommands inherit it.
  app.footer(
      "Example:\n"
      "  hammer -z 10s --disable-keepalive --close-by client http://127.0.0.1:3779/\n"
      "If an option is given twice, the last one counts. The report goes to stdout, progress to "
      "stderr.\n"
      "Exit codes:\n"
      "  0      done\n"
      "  1      could not run: no connection succeeded, or output was lost\n"
      "  2      usage\n"
      "  3      a threshold is unknown; with --strict: the server was not measured\n"
      "  99     a threshold failed\n"
      "  128+n  ended by signal n, after the whole report");
  auto [typed, notes] = understood({argv + 1, argv + argc}, app);
  if (!parse(app, std::move(typed), out)) return {};
  refuse_load_options(app);

  const auto* chosen = &subcommands.front();
  for (const auto& one : subcommands)
    if (one.app != &app && one.app->parsed()) chosen = &one;
  return HammerOptions{chosen->read(), {to_output(words), quoted(argc, argv)}, std::move(notes)};
}

std::string program_typed(int argc, const char* const* argv) {
  CLI::App app("", "hammer");
  const auto subcommands = declare_all(app, static_cast<const Command*>(nullptr));
  for (int i = 1; i < argc; ++i)
    for (const auto& one : subcommands)
      if (one.app != &app && one.app->get_name() == argv[i])
        return fmt::format("hammer {}", argv[i]);
  return "hammer";
}

}  // namespace tws
