// What people type out of habit from other load generators, and what hammer makes of it: one table.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tws {

// What stands behind a word. Where several tools use one word for different things, the form of its
// value tells them apart.
enum class Form : std::uint8_t {
  none,       // nothing: the next word is not a value
  any,        // any text that neither begins with a dash nor is a URL
  text,       // the same, or a URL
  number,     // 100, 10k
  time,       // 10s, 1m30s, or a number alone, which is in seconds
  time_unit,  // 10s, 1m30s, 30S
  address,    // an IP address
  user,       // USER:PASSWORD
  cookie,     // NAME=VALUE
  method,     // POST
  at_file,    // @FILE
  format,     // csv, json, plain-text: the name of a format
  dash,       // another option or a URL, where hammer wants a value
};

enum class Answer : std::uint8_t {
  works,      // taken as if it was typed in hammer's words
  no_effect,  // accepted, because hammer does that in any case
  hint,       // refused with one line that says what to type
};

struct Habit {
  std::string_view word;     // "-R", "--vus"; "attack" for the first word that is no option
  Form form;                 // of the value
  std::string_view tools;    // that have it
  std::string_view meaning;  // there
  Answer answer;
  // works: hammer's words, divided by |; hint: a sentence. "{}" stands for the value, "{basic}" for
  // it in base64, "{file}" for it without its @.
  std::string_view ours = {};
};

std::span<const Habit> habits();

// The first habit with this word whose form the value has; null if there is none. `value` is what
// stands behind the word, if anything; `attached`: it is part of the word ("-R1000").
const Habit* find_habit(std::string_view word, const std::optional<std::string>& value,
                        bool attached);

// hammer's words for a habit that works.
std::vector<std::string> in_hammers_words(const Habit& habit, const std::string& value);
// The sentence of a hint.
std::string hint_of(const Habit& habit, const std::string& value);

// docs/habits.md
std::string habits_page();

}  // namespace tws
