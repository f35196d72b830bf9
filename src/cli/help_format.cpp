#include "cli/help_format.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace tws {
namespace {

constexpr int narrowest = 40, widest = 100;
constexpr std::size_t column = 30;         // where descriptions begin
constexpr std::size_t narrow_column = 10;  // on a narrow terminal

// The name without "{70s}", the default value of a flag.
std::string name_of(const CLI::Option& option, bool is_positional) {
  const std::string name = option.get_name(is_positional, !is_positional);
  return name.substr(0, name.find('{'));
}

std::string left_side(const CLI::Option& option, bool is_positional) {
  std::string text = name_of(option, is_positional);
  if (!option.get_option_text().empty()) return text + option.get_option_text();
  if (is_positional) return option.get_type_name();
  if (option.get_type_size() != 0 && !option.get_type_name().empty())
    text += " " + option.get_type_name();
  return text;
}

}  // namespace

HelpFormat::HelpFormat(int width)
    : width_(static_cast<std::size_t>(std::clamp(width, narrowest, widest))) {}

std::string HelpFormat::entry(const std::string& left, const std::string& right) const {
  const std::size_t begin = width_ < 70 ? narrow_column : column;
  std::string text = "  " + left;
  if (text.size() + 2 > begin)
    text = wrapped(text, 4, width_) + "\n" + std::string(begin, ' ');
  else
    text.resize(begin, ' ');
  return text + wrapped(right, begin, width_) + "\n";
}

std::string wrapped(std::string_view text, std::size_t indent, std::size_t width) {
  std::string result;
  std::size_t at = indent;  // the current column
  while (!text.empty()) {
    if (text.front() == '\n') {
      result += "\n";
      text.remove_prefix(1);
      if (!text.empty()) result += std::string(indent, ' ');
      at = indent;
      continue;
    }
    // A word with the spaces before it.
    const auto begin = std::min(text.find_first_not_of(' '), text.size());
    const auto end = std::min(text.find_first_of(" \n", begin), text.size());
    if (at > indent && at + end > width) {
      result += "\n" + std::string(indent, ' ');
      text.remove_prefix(begin);
      at = indent;
      continue;
    }
    result += text.substr(0, end);
    text.remove_prefix(end);
    at += end;
  }
  return result;
}

std::string HelpFormat::make_option(const CLI::Option* option, bool is_positional) const {
  std::set<std::string> excluded;
  for (const auto* other : option->get_excludes()) {
    const std::string name = name_of(*other, false);
    excluded.insert(name.substr(name.find("--")));
  }
  std::string description = option->get_description();
  if (!excluded.empty()) description += fmt::format(" (not with {})", fmt::join(excluded, ", "));
  return entry(left_side(*option, is_positional), description);
}

// "[URL...]"
std::string HelpFormat::make_option_usage(const CLI::Option* option) const {
  std::string text = option->get_type_name();
  if (option->get_expected_max() > 1) text += "...";
  return option->get_required() ? text : "[" + text + "]";
}

std::string HelpFormat::make_subcommand(const CLI::App* app) const {
  return entry(app->get_name(), app->get_description());
}

std::string HelpFormat::make_description(const CLI::App* app) const {
  return wrapped(app->get_description(), 0, width_) + "\n";
}

std::string HelpFormat::make_footer(const CLI::App* app) const {
  const std::string footer = app->get_footer();
  return footer.empty() ? footer : wrapped(footer, 0, width_) + "\n";
}

}  // namespace tws
