#include "cli/parse.hpp"

#include "cli/help_format.hpp"
#include "tws/support/errors.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <ostream>
#include <utility>

namespace tws {
namespace {

const CLI::App& asked_for(const CLI::App& app) {
  const auto subcommands = app.get_subcommands();
  return subcommands.empty() ? app : *subcommands.front();
}

// "explain: FILE is missing. The run's JSON; - is stdin"
std::string whats_missing(const CLI::App& app) {
  for (const auto* option : app.get_options())
    if (option->get_required() && option->count() == 0)
      return fmt::format("{}: {} is missing. {}", app.get_name(), option->get_type_name(),
                         option->get_description());
  return {};
}

// "--body can't be used with --body-file"
std::string whats_excluded(const CLI::App& app) {
  for (const auto* option : app.get_options())
    for (const auto* other : option->get_excludes())
      if (option->count() > 0 && other->count() > 0)
        return fmt::format("{} can't be used with {}", option->get_name(), other->get_name());
  return {};
}

}  // namespace

void set_up(CLI::App& app, int width) {
  app.formatter(std::make_shared<HelpFormat>(width));
  app.option_defaults()
      ->take_last();  // so that options appended to a script's command line override it
}

bool parse(CLI::App& app, std::vector<std::string> words, std::ostream& out) {
  std::reverse(words.begin(), words.end());  // as CLI11 wants it
  try {
    app.parse(std::move(words));
    return true;
  } catch (const CLI::CallForHelp&) {
    out << app.help();
  } catch (const CLI::CallForVersion& version) {
    out << version.what() << '\n';
  } catch (const CLI::RequiredError&) {
    throw UsageError(whats_missing(asked_for(app)));
  } catch (const CLI::ExcludesError&) {
    const auto text = whats_excluded(asked_for(app));
    throw UsageError(text.empty() ? whats_excluded(app) : text);
  } catch (const CLI::ExtrasError&) {
    throw UsageError(fmt::format("'{}' is one word too many", fmt::join(app.remaining(true), " ")));
  } catch (const CLI::ParseError& error) {
    throw UsageError(error.what());
  }
  return false;
}

}  // namespace tws
