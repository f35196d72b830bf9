#include "cli/typed_words.hpp"

#include "cli/habits.hpp"
#include "support/units.hpp"
#include "tws/support/errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace tws {
namespace {

std::vector<const CLI::App*> subcommands(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* option : app.get_options())
    for (const auto& name : option->get_lnames())
      if (!option->get_group().empty()) names.push_back("--" + name);
  return names;
}

bool is_option(std::string_view word) {
  return word.size() > 1 && word.front() == '-';
}

// A URL, also without its scheme: "http://host/", "127.0.0.1:8080/".
bool is_url(std::string_view text) {
  if (text.starts_with("http://") || text.starts_with("https://")) return true;
  const auto host = text.substr(0, text.find('/'));
  const auto colon = host.rfind(':');
  return colon != host.npos && colon > 0 && parse_number(host.substr(colon + 1), 65535);
}

// Insertions, deletions, changes and swaps of neighbours that make `a` from `b`.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i)
    for (std::size_t k = 0; k <= b.size(); ++k) {
      if (i == 0 || k == 0) {
        d[i][k] = i + k;
        continue;
      }
      d[i][k] = std::min(
          {d[i - 1][k] + 1, d[i][k - 1] + 1, d[i - 1][k - 1] + (a[i - 1] == b[k - 1] ? 0 : 1)});
      if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
        d[i][k] = std::min(d[i][k], d[i - 2][k - 2] + 1);
    }
  return d[a.size()][b.size()];
}

class Reader {
 public:
  Reader(const std::vector<std::string>& typed, const CLI::App& app) : typed_(typed), at_(&app) {}

  std::vector<std::string> read() {
    while (next_ < typed_.size()) {
      const std::string& word = typed_[next_++];
      // `compare BASE.json -- NEW.json`: not the end of the options, as elsewhere.
      if (word == "--" && at_->get_option_no_throw("--new")) {
        words_.emplace_back("--new");
        continue;
      }
      if (word == "--") {
        words_.push_back(word);
        words_.insert(words_.end(), typed_.begin() + static_cast<std::ptrdiff_t>(next_),
                      typed_.end());
        seen_word_ = true;
        break;
      }
      if (is_option(word))
        read_option(word);
      else
        read_word(word);
    }
    if (!taken_.empty() && !seen_word_) throw UsageError(taken_);
    words_.insert(words_.end(), at_the_end_.begin(), at_the_end_.end());
    return std::move(words_);
  }

 private:
  // An option, split: "-R1000", "-R=1000", "--rate=1000", "-rate=1000".
  struct Split {
    std::string name;
    std::optional<std::string> attached;
  };

  std::optional<std::string> following() const {
    return next_ < typed_.size() ? std::optional(typed_[next_]) : std::nullopt;
  }

  bool of_a_load() const { return at_->get_name() == "hammer"; }

  bool is_known(const std::string& name) const {
    return at_->get_option_no_throw(name) != nullptr ||
           (of_a_load() && std::any_of(habits().begin(), habits().end(),
                                       [&](const Habit& habit) { return habit.word == name; }));
  }

  Split split(const std::string& word) const {
    if (of_a_load() && is_known(word)) return {word, {}};  // "--keepalive=false"
    const auto equals = word.find('=');
    Split whole{word.substr(0, equals), {}};
    if (equals != word.npos) whole.attached = word.substr(equals + 1);
    if (word.starts_with("--") || word.size() == 2) return whole;
    // Go's tools write long names with one dash.
    if (is_known('-' + word)) return {'-' + word, {}};
    if (is_known(whole.name)) return whole;
    if (whole.name.size() > 2 && is_known('-' + whole.name))
      return {'-' + whole.name, whole.attached};
    const std::string value = word.substr(word[2] == '=' ? 3 : 2);
    return {word.substr(0, 2), value};
  }

  void read_option(const std::string& word) {
    const Split option = split(word);
    const auto value = option.attached ? option.attached : following();
    if (of_a_load())
      if (const Habit* habit = find_habit(option.name, value, option.attached.has_value())) {
        apply(*habit, word, option, value.value_or(""));
        return;
      }
    const auto* own = at_->get_option_no_throw(option.name);
    if (!own) refuse_unknown(option.name.starts_with("--") ? option.name : word);
    if (own->get_items_expected_max() == 0)
      read_flag(*own, word, option);
    else
      read_valued(option, value);
  }

  void apply(const Habit& habit, const std::string& word, const Split& option,
             const std::string& value) {
    const bool has_value = habit.form != Form::none && habit.form != Form::dash;
    const bool separate = has_value && !option.attached;
    if (habit.answer == Answer::hint)
      throw UsageError(
          fmt::format("{}{}: {}", word, separate ? " " + value : "", hint_of(habit, value)));
    if (separate) ++next_;
    if (habit.answer != Answer::works) return;
    for (auto& one : in_hammers_words(habit, value)) words_.push_back(std::move(one));
  }

  // Behind a flag with an optional value ("--wait-drain[=TIME]") a time or a number is that value.
  void read_flag(const CLI::Option& own, const std::string& word, const Split& option) {
    if (option.attached && !option.name.starts_with("--")) refuse_unknown(word);
    words_.push_back(option.attached ? option.name + "=" + *option.attached : option.name);
    const auto next = following();
    const bool takes_value = own.get_option_text().starts_with("[=") && !option.attached;
    if (!takes_value || !next || !(parse_duration(*next) || parse_count(*next))) return;
    words_.back() += "=" + *next;
    ++next_;
  }

  void read_valued(const Split& option, const std::optional<std::string>& value) {
    if (option.name == "--json" && value && is_url(*value))
      throw UsageError(fmt::format("--json: a FILE is missing before '{}'; - is stdout", *value));
    // "-d http://127.0.0.1/": an option took the URL for its value.
    const bool names_a_server = option.name == "--server-admin";
    if (value && !option.attached && !names_a_server && value->find("://") != value->npos &&
        is_url(*value))
      taken_ =
          fmt::format("{}: '{}' is taken for its value, and no URL is left", option.name, *value);
    words_.push_back(option.name);
    if (option.attached)
      words_.back() += option.name.starts_with("--") ? "=" + *option.attached : *option.attached;
    else if (value)
      words_.push_back(typed_[next_++]);
  }

  void read_word(const std::string& word) {
    if (!of_a_load() || seen_word_) {
      words_.push_back(word);
      return;
    }
    seen_word_ = true;
    std::vector<std::string> names;
    for (const auto* one : subcommands(*at_)) {
      if (one->get_name() == word) {
        words_.push_back(word);
        at_ = one;
        return;
      }
      names.push_back(one->get_name());
    }
    if (const Habit* habit = find_habit(word, following(), false)) {
      if (habit->answer == Answer::hint)
        throw UsageError(fmt::format("'{}': {}", word, habit->ours));
      at_the_end_ = in_hammers_words(*habit, "");
      seen_word_ = false;  // "help lab"
      return;
    }
    // It may be the name of a host; one that is nearly a subcommand is rather a slip.
    const bool is_a_name = word.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == word.npos;
    const auto near = is_a_name ? nearest(word, names) : std::string();
    if (!near.empty())
      throw UsageError(
          fmt::format("'{}' is no subcommand; did you mean {}? A host of this name is http://{}/",
                      word, near, word));
    words_.push_back(word);
  }

  [[noreturn]] void refuse_unknown(const std::string& name) const {
    std::string meanings;
    for (const Habit& habit : habits())
      if (of_a_load() && habit.word == name)
        meanings +=
            fmt::format("{}{} ({})", meanings.empty() ? "" : ", ", habit.meaning, habit.tools);
    if (!meanings.empty())
      throw UsageError(fmt::format("{}: a value is missing behind it: {}", name, meanings));
    const auto near = nearest(name, option_names(*at_));
    throw UsageError(fmt::format("{}: no such option{}{}", name,
                                 of_a_load() ? "" : " of " + at_->get_name(),
                                 near.empty() ? "" : fmt::format("; did you mean {}?", near)));
  }

  const std::vector<std::string>& typed_;
  const CLI::App* at_;  // the subcommand that options belong to
  std::size_t next_ = 0;
  bool seen_word_ = false;
  std::string taken_;  // what to say if no URL is left
  std::vector<std::string> words_, at_the_end_;
};

}  // namespace

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  std::string best;
  // One slip for each four letters; the dashes of options are none.
  std::size_t fewest =
      (word.size() - std::min(word.find_first_not_of('-'), word.size()) + 3) / 4 + 1;
  for (const auto& one : candidates) {
    const auto slips = word.size() > 4 && one.starts_with(word) ? 1 : distance(word, one);
    if (slips >= fewest) continue;
    fewest = slips;
    best = one;
  }
  return best;
}

std::vector<std::string> understood(const std::vector<std::string>& typed, const CLI::App& app) {
  return Reader(typed, app).read();
}

}  // namespace tws
