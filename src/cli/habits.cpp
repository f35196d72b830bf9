#include "cli/habits.hpp"

#include "report/command_line.hpp"
#include "support/base64.hpp"
#include "support/units.hpp"

#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace tws {
namespace {

bool is_time(const std::string& text, bool with_unit) {
  const bool ends_in_a_digit = std::isdigit(static_cast<unsigned char>(text.back())) != 0;
  return parse_duration(text) && !(with_unit && ends_in_a_digit);
}

bool is_address(const std::string& text) {
  boost::system::error_code error;
  boost::asio::ip::make_address(text, error);
  return !error;
}

// Of forms other than `none`.
bool has_form(Form form, const std::string& value) {
  const bool option = value.empty() || (value.front() == '-' && value != "-");
  const bool url = value.find("://") != value.npos;
  if (form == Form::dash) return option || url;
  if (form == Form::text) return !option;
  if (option || url) return false;
  switch (form) {
    case Form::number:
      return parse_count(value).has_value();
    case Form::time:
      return is_time(value, false);
    case Form::time_unit:
      return is_time(value, true);
    case Form::address:
      return is_address(value);
    case Form::user:
      return value.find(':') != value.npos;
    case Form::cookie:
      return value.find('=') != value.npos;
    case Form::method:
      return std::all_of(value.begin(), value.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    case Form::at_file:
      return value.front() == '@';
    default:
      return true;
  }
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
  return text;
}

// How docs/habits.md writes a value of this form.
std::string_view form_name(Form form) {
  switch (form) {
    case Form::none:
      return "";
    case Form::any:
    case Form::text:
      return "X";
    case Form::number:
      return "N";
    case Form::time:
    case Form::time_unit:
      return "10s";
    case Form::address:
      return "ADDRESS";
    case Form::user:
      return "USER:PASSWORD";
    case Form::cookie:
      return "NAME=VALUE";
    case Form::method:
      return "METHOD";
    case Form::at_file:
      return "@FILE";
    case Form::dash:
      return "OPTION";
  }
  return {};
}

std::string answer_text(const Habit& habit) {
  const std::string value(form_name(habit.form));
  if (habit.answer == Answer::no_effect) return "accepted; hammer does that in any case";
  if (habit.answer == Answer::hint) return "refused: " + hint_of(habit, value);
  std::string words;
  for (const auto& word :
       in_hammers_words({habit.word, habit.form, habit.tools, habit.meaning, habit.answer,
                         replaced(std::string(habit.ours), "{basic}", "BASE64")},
                        value))
    words += (words.empty() ? "" : " ") + for_shell(word);
  return fmt::format("works as `{}`", words);
}

}  // namespace

const Habit* find_habit(std::string_view word, const std::optional<std::string>& value,
                        bool attached) {
  for (const Habit& habit : habits()) {
    if (habit.word != word) continue;
    // A hint need not know what is behind the word.
    const bool fits = habit.form == Form::none ? !attached || habit.answer == Answer::hint
                                               : value && has_form(habit.form, *value);
    if (fits) return &habit;
  }
  return nullptr;
}

std::vector<std::string> in_hammers_words(const Habit& habit, const std::string& value) {
  std::vector<std::string> words;
  std::string_view rest = habit.ours;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('|'), rest.size());
    words.push_back(replaced(
        replaced(std::string(rest.substr(0, end)), "{basic}", to_base64(value)), "{}", value));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return words;
}

std::string hint_of(const Habit& habit, const std::string& value) {
  const auto file = value.substr(value.starts_with('@') ? 1 : 0);
  return replaced(replaced(std::string(habit.ours), "{file}", file), "{}", value);
}

std::string habits_page() {
  std::string page =
      "# Options of other tools\n"
      "\n"
      "What you may type out of habit from oha, hey, wrk, wrk2, ab, k6, vegeta, h2load, siege,\n"
      "bombardier or curl, and what hammer makes of it. Where tools use one option for different\n"
      "things, its value decides, or hammer refuses it and names both ways; it never guesses.\n"
      "This page is made from the table in `src/cli/habits_table.cpp`:\n"
      "`build/dev/tests/print_habits >docs/habits.md`.\n"
      "\n"
      "Three options are spelled as elsewhere and mean something else; their values can't tell:\n"
      "- `-t N` is the number of threads, as wrk's. ab's time limit is `-z`, hey's time-out "
      "`--timeout`.\n"
      "- `-q R` is the rate of all connections together, as oha's; hey's is for each worker.\n"
      "- `-k` accepts any certificate, as curl's. Connections are kept, as by wrk, hey and oha. "
      "What\n"
      "  ab does without `-k` is `--disable-keepalive`.\n"
      "\n"
      "An option with one dash and a long name, as in Go's tools (`-duration=5s`), is taken as if\n"
      "it had two.\n"
      "\n"
      "| typed | by users of | means there | hammer |\n"
      "|---|---|---|---|\n";
  for (const Habit& habit : habits()) {
    const auto form = form_name(habit.form);
    page += fmt::format("| `{}{}{}` | {} | {} | {} |\n", habit.word, form.empty() ? "" : " ", form,
                        habit.tools, habit.meaning, replaced(answer_text(habit), "|", "\\|"));
  }
  return page;
}

}  // namespace tws
