#include "cli/hammer_options.hpp"

#include "cli/parse.hpp"
#include "cli/typed_words.hpp"
#include "cli/values.hpp"
#include "report/command_line.hpp"

#include <fmt/format.h>

#include <ostream>
#include <utility>
#include <vector>

namespace tws {
namespace {

struct OutputWords {
  Word json, colour, name;
  std::vector<std::string> out;
  bool brief = false;
};

// Subcommands that print the report of a run.
bool has_report(const CLI::App& app) {
  for (const std::string_view name : {"hammer", "explain", "prove", "lab", "simulate"})
    if (app.get_name() == name) return true;
  return false;
}

void add_output_options(CLI::App& app, OutputWords& words, bool reports_runs) {
  app.add_option("--json", words.json,
                 "Write the result to FILE as JSON, too. With - print JSON instead of text")
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
  }
  app.add_option("--color", words.colour, "Colours [auto: on a terminal, unless NO_COLOR is set]")
      ->type_name("auto|always|never");
  if (has_report(app)) app.add_flag("--brief", words.brief, "Print only summary and verdict");
}

OutputOptions to_output(const OutputWords& words) {
  const auto& [json, colour, name, out, brief] = words;
  // "--json -c 10": the next option is hardly a file's name.
  if (json == "" || (json && json->size() > 1 && json->front() == '-'))
    refuse("--json", *json, "a file's path, or - for stdout");
  OutputOptions output{json, ColourOption::automatic, brief, {}, name};
  for (const auto& one : out) output.out.push_back(parse_out_option(one));
  if (!colour) return output;
  const auto option = parse_colour_option(*colour);
  if (!option) refuse("--color", *colour, "one of auto, always, never");
  output.colour = *option;
  return output;
}

// Refuses the options of a run before a subcommand, except the output options that it has, too.
void refuse_load_options(const CLI::App& app) {
  const auto is_shared = [](const CLI::App& subcommand, const CLI::Option& option) {
    for (const char* name : {"--json", "--color", "--out", "--name"})
      if (option.check_name(name)) return subcommand.get_option_no_throw(name) != nullptr;
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
  if (!parse(app, understood({argv + 1, argv + argc}, app), out)) return {};
  refuse_load_options(app);

  const auto* chosen = &subcommands.front();
  for (const auto& one : subcommands)
    if (one.app != &app && one.app->parsed()) chosen = &one;
  return HammerOptions{chosen->read(), {to_output(words), quoted(argc, argv)}};
}

}  // namespace tws
