#include "cli/typed_words.hpp"

#include "cli/habits.hpp"
#include "support/nearest.hpp"
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

std::vector<std::string> subcommand_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* one : subcommands(app)) names.push_back(one->get_name());
  return names;
}

bool is_subcommand(const CLI::App& app, const std::string& word) {
  const auto names = subcommand_names(app);
  return std::ranges::find(names, word) != names.end();
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

// "Stop after N requests. A failed attempt counts": the first sentence.
std::string first_sentence(const std::string& text) {
  return text.substr(0, std::min(text.find(". "), text.find('\n')));
}

// "--requests: N is missing before '-c'. Stop after N requests"
[[noreturn]] void refuse_missing(const CLI::Option& option, const std::string& where) {
  const auto type = option.get_type_name();
  const auto& names = option.get_lnames();  // a hidden option has no get_name()
  throw UsageError(fmt::format("{}: {}{} is missing{}. {}",
                               names.empty() ? option.get_name() : "--" + names.front(),
                               type.find('|') == type.npos ? "" : "one of ", type, where,
                               first_sentence(option.get_description())));
}

bool is_habit(const std::string& name) {
  return std::any_of(habits().begin(), habits().end(),
                     [&](const Habit& habit) { return habit.word == name; });
}

class Reader {
 public:
  Reader(const std::vector<std::string>& typed, const CLI::App& app) : typed_(typed), at_(&app) {}

  Understood read() {
    while (next_ < typed_.size()) {
      const std::string& word = typed_[next_++];
      // `compare BASE.json -- NEW.json`: not the end of the options, as elsewhere.
      if (word == "--" && at_->get_option_no_throw("--new")) {
        read_option("--new");
        continue;
      }
      if (word == "--") {
        words_.push_back(word);
        read_plain_words();
        break;
      }
      if (is_option(word))
        read_option(word);
      else
        read_word(word);
    }
    if (!taken_.empty() && !seen_word_ && !has_typed("--urls")) throw UsageError(taken_);
    words_.insert(words_.end(), at_the_end_.begin(), at_the_end_.end());
    return {std::move(words_), notes()};
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
    return at_->get_option_no_throw(name) || (of_a_load() && is_habit(name));
  }

  Split split(const std::string& word) const {
    if (of_a_load() && is_known(word)) return {word, {}};  // "--keepalive=false"
    const auto equals = word.find('=');
    Split whole{word.substr(0, equals), {}};
    if (equals != word.npos) whole.attached = word.substr(equals + 1);
    // Go's tools have flags with a value.
    if (of_a_load() && whole.attached == "true" && find_habit(whole.name, {}, false))
      return {whole.name, {}};
    if (word.starts_with("--") || word.size() == 2) return whole;
    // Go's tools write long names with one dash.
    if (is_known('-' + word)) return {'-' + word, {}};
    if (whole.attached && at_->get_option_no_throw('-' + whole.name))
      return {'-' + whole.name, whole.attached};
    if (is_known(whole.name)) return whole;
    if (whole.name.size() > 2 && is_known('-' + whole.name))
      return {'-' + whole.name, whole.attached};
    const std::string value = word.substr(word[2] == '=' ? 3 : 2);
    return {word.substr(0, 2), value};
  }

  // Behind a lone "--".
  void read_plain_words() {
    if (!of_a_load())
      while (next_ < typed_.size()) read_word(typed_[next_++]);
    seen_word_ = true;
    words_.insert(words_.end(), typed_.begin() + static_cast<std::ptrdiff_t>(next_), typed_.end());
  }

  void read_option(const std::string& word) {
    const Split option = split(word);
    const auto* own = at_->get_option_no_throw(option.name);
    if (help_asked_) {  // whatever it is, it is not carried out
      if (!is_known(option.name)) refuse_unknown(option.name);
      return;
    }
    names_.push_back(option.name);
    const auto value = option.attached ? option.attached : following();
    if (of_a_load())
      if (const Habit* habit = find_habit(option.name, value, option.attached.has_value())) {
        apply(*habit, word, option, value.value_or(""));
        return;
      }
    if (!own && option.attached && option.name.size() > 2 && is_habit(option.name))
      throw UsageError(fmt::format("{}: '{}' can't be its value", option.name, *option.attached));
    if (!own) refuse_unknown(option.name.starts_with("--") ? option.name : word);
    help_asked_ = own == at_->get_help_ptr();
    if (own->get_items_expected_max() == 0)
      read_flag(*own, word, option);
    else
      read_valued(*own, option);
  }

  void apply(const Habit& habit, const std::string& word, const Split& option,
             const std::string& value) {
    const bool has_value = habit.form != Form::none && habit.form != Form::dash;
    const bool separate = has_value && !option.attached;
    if (habit.answer == Answer::hint)
      throw UsageError(
          fmt::format("{}{}: {}", word, separate ? " " + value : "", hint_of(habit, value)));
    if (separate) ++next_;
    if (habit.tools == "ab" || habit.tools == "hey") tool_ = habit.tools;
    if (habit.answer != Answer::works) return;
    for (auto& one : in_hammers_words(habit, value)) words_.push_back(std::move(one));
  }

  // Behind a flag with an optional value ("--wait-drain[=TIME]") a time or a number is that value.
  void read_flag(const CLI::Option& own, const std::string& word, const Split& option) {
    if (option.attached && !option.name.starts_with("--")) refuse_unknown(word);
    const bool takes_value = own.get_option_text().starts_with("[=");
    if (option.attached && !takes_value && option.attached != "true" && option.attached != "false")
      throw UsageError(fmt::format("{}: '{}' is not true or false", option.name, *option.attached));
    if (option.attached == "")
      throw UsageError(fmt::format("{}: a value is missing behind =", option.name));
    words_.push_back(option.attached ? option.name + "=" + *option.attached : option.name);
    const auto next = following();
    if (!takes_value || option.attached || !next || !(parse_duration(*next) || parse_count(*next)))
      return;
    words_.back() += "=" + *next;
    ++next_;
  }

  void read_valued(const CLI::Option& own, const Split& option) {
    if (option.attached) {
      words_.push_back(option.name);
      if (option.attached->empty())
        words_.emplace_back();  // else CLI11 would take the next word
      else
        words_.back() += (option.name.starts_with("--") ? "=" : "") + *option.attached;
      return;
    }
    const auto value = following();
    if (own.get_items_expected_min() == 0 && (!value || is_no_value(own, *value))) {
      words_.push_back(option.name);  // "--tls-self-signed [NAME]"
      return;
    }
    if (!value) refuse_missing(own, "");
    if (is_no_value(own, *value)) refuse_missing(own, fmt::format(" before '{}'", *value));
    // "-d http://127.0.0.1/": an option took the URL for its value.
    const bool takes_url = own.get_name() == "--server-admin" || own.get_name() == "--proxy";
    if (!takes_url && value->find("://") != value->npos && is_url(*value))
      taken_ =
          fmt::format("{}: '{}' is taken for its value, and no URL is left", option.name, *value);
    ++next_;
    // CLI11 would take "-1s" for an option.
    if (is_option(*value)) {
      words_.push_back(fmt::format("--{}={}", own.get_lnames().front(), *value));
      return;
    }
    words_.push_back(option.name);
    words_.push_back(*value);
    const auto second = following();
    if (own.get_items_expected_min() < 2 || !second || is_no_value(own, *second)) return;
    words_.push_back(*second);  // "--tls CERT KEY"
    ++next_;
  }

  // What stands behind an option begins something else: "--json lab", "-n -c 5".
  bool is_no_value(const CLI::Option& own, const std::string& value) const {
    if (is_option(value)) return value.starts_with("--") || is_known(split(value).name);
    const bool to_a_file = own.get_name() == "--json" || own.get_name() == "--output";
    return to_a_file && (is_url(value) || (of_a_load() && is_subcommand(*at_, value)));
  }

  void read_word(const std::string& word) {
    if (of_a_load() && !seen_word_) {
      read_first_word(word);
      return;
    }
    if (help_asked_) return;
    if (++words_here_ > room()) refuse_word(word);
    words_.push_back(word);
  }

  void read_first_word(const std::string& word) {
    seen_word_ = true;
    if (is_subcommand(*at_, word)) {
      words_.push_back(word);
      at_ = at_->get_subcommand(word);
      return;
    }
    if (const Habit* habit = find_habit(word, following(), false)) {
      if (habit->answer == Answer::hint)
        throw UsageError(fmt::format("'{}': {}", word, habit->ours));
      at_the_end_ = in_hammers_words(*habit, "");
      help_asked_ = true;
      seen_word_ = false;  // "help lab"
      return;
    }
    // It may be the name of a host; one that is nearly a subcommand is rather a slip.
    const bool is_a_name = word.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == word.npos;
    const auto near = is_a_name ? nearest(word, subcommand_names(*at_)) : std::string();
    if (!near.empty())
      throw UsageError(
          fmt::format("'{}' is no subcommand; did you mean {}? A host of this name is http://{}/",
                      word, near, word));
    if (!at_the_end_.empty())
      throw UsageError(fmt::format("'{}' is no subcommand; 'hammer --help' shows all", word));
    words_.push_back(word);
  }

  // How many words that are no options the command takes.
  std::size_t room() const {
    std::size_t most = 0;
    for (const auto* option : at_->get_options())
      if (option->get_positional())
        most += static_cast<std::size_t>(option->get_items_expected_max());
    return most;
  }

  [[noreturn]] void refuse_word(const std::string& word) const {
    std::string takes = "options only";
    for (const auto* option : at_->get_options())
      if (option->get_positional()) takes = "one " + option->get_type_name();
    const bool second = at_->get_parent() && is_subcommand(*at_->get_parent(), word);
    const auto near = nearest("--" + word, option_names(*at_));
    throw UsageError(fmt::format("'{}' is one word too many: {} takes {}{}", word, at_->get_name(),
                                 second ? "no second subcommand" : takes,
                                 near.empty() ? "" : fmt::format("; did you mean {}?", near)));
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
    std::string advice = near.empty() ? "" : fmt::format("; did you mean {}?", near);
    const auto* hammer = at_->get_parent();
    if (near.empty() && hammer && (hammer->get_option_no_throw(name) || is_habit(name)))
      advice = fmt::format("; a run has it: hammer without the word {}", at_->get_name());
    for (const auto* one : subcommands(*at_))
      if (const auto* there = one->get_option_no_throw(name);
          near.empty() && there && !there->get_group().empty())
        advice = fmt::format("; {0} has it: hammer {0} {1}", one->get_name(), name);
    throw UsageError(fmt::format("{}: no such option{}{}", name,
                                 of_a_load() ? "" : " of " + at_->get_name(), advice));
  }

  bool has_typed(std::string_view name) const {
    return std::ranges::find(names_, name) != names_.end();
  }

  // What the tool that this line is for makes of it, where it is something else.
  std::vector<std::string> notes() const {
    if (tool_ == "ab" && !has_typed("--disable-keepalive") &&
        !has_typed("--requests-per-connection"))
      return {
          "connections are kept, as by ab -k; ab alone closes each after its request: "
          "--disable-keepalive"};
    if (tool_ == "hey" && (has_typed("-q") || has_typed("--rate")))
      return {
          "-q is the rate of all connections together; hey's is the rate of each: multiply it "
          "by -c"};
    return {};
  }

  const std::vector<std::string>& typed_;
  const CLI::App* at_;  // the subcommand that options belong to
  std::size_t next_ = 0;
  bool seen_word_ = false, help_asked_ = false;
  std::size_t words_here_ = 0;      // that are no options, behind the subcommand
  std::string taken_;               // what to say if no URL is left
  std::string_view tool_;           // that alone has an option of this line
  std::vector<std::string> names_;  // of options
  std::vector<std::string> words_, at_the_end_;
};

}  // namespace

Understood understood(const std::vector<std::string>& typed, const CLI::App& app) {
  return Reader(typed, app).read();
}

}  // namespace tws
