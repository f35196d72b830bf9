#include "cli/url_list.hpp"

#include "http/grammar.hpp"
#include "load/request.hpp"
#include "support/lines.hpp"
#include "support/units.hpp"
#include "tws/support/errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace tws {
namespace {

constexpr std::uint64_t highest_weight = 1'000'000;
constexpr std::string_view form =
    "a line is [weight] [METHOD] URL [@BODYFILE], such as: 3 POST http://127.0.0.1/items "
    "@item.json";

// The first word; a placeholder in it may have blanks.
std::string_view take_word(std::string_view& rest) {
  std::size_t end = 0;
  while (end < rest.size() && !is_blank(rest[end])) {
    const auto close = rest.substr(end).starts_with("{{") ? rest.find("}}", end) : rest.npos;
    end = close == rest.npos ? end + 1 : close + 2;
  }
  const auto word = rest.substr(0, end);
  rest = without_whitespace(rest.substr(end));
  return word;
}

// Behind a blank; a URL may have a # in it.
std::string_view without_comment(std::string_view line) {
  for (std::size_t i = 0; i < line.size(); ++i)
    if (line[i] == '#' && (i == 0 || is_blank(line[i - 1]))) return line.substr(0, i);
  return line;
}

// A host may be a token, too: "localhost", "localhost @FILE".
bool is_method(std::string_view word, std::string_view rest) {
  if (rest.empty() || !is_token(word) || word.find('.') != word.npos) return false;
  const bool is_upper = word.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == word.npos;
  return is_upper || !rest.starts_with('@');
}

// They get the plan's body only if they don't say what they are.
bool has_no_body(std::string_view method) {
  constexpr std::array<std::string_view, 5> methods{"GET", "HEAD", "OPTIONS", "TRACE", "DELETE"};
  return std::ranges::find(methods, method) != methods.end();
}

class ListReader {
 public:
  explicit ListReader(const ReadBody& read_body) : read_body_(read_body) {}

  Line read(std::string_view rest) {
    Line line;
    auto word = take_word(rest);
    if (are_digits(word) && !rest.empty()) {
      const auto weight = parse_number(word, highest_weight);
      if (!weight || *weight == 0)
        fail(fmt::format("'{}' is not a weight from 1 to {}", word, highest_weight));
      line.weight = *weight;
      word = take_word(rest);
    }
    if (is_method(word, rest)) {
      line.method = word;
      word = take_word(rest);
    } else {
      line.method.clear();
    }
    if (line.method == "CONNECT") fail("hammer can't send 'CONNECT'");
    line.url = word;
    if (word.starts_with('@')) fail(fmt::format("'{}' stands where a URL is due", word));
    if (!rest.empty() && !rest.starts_with('@'))
      fail(fmt::format("'{}' is one word too many", rest));
    if (!rest.empty()) line.body = body_of(std::string(rest.substr(1)));
    load::parse_asked_url(line.url);
    line.plan_body = rest.empty() && !has_no_body(line.method);
    return line;
  }

 private:
  [[noreturn]] static void fail(const std::string& why) {
    throw UsageError(fmt::format("{} ({})", why, form));
  }

  const Body& body_of(const std::string& path) {
    const auto known = bodies_.find(path);
    if (known != bodies_.end()) return known->second;
    if (path.empty() || path == "-") fail(fmt::format("'@{}' is no file", path));
    const auto& body = bodies_.emplace(path, read_body_(path)).first->second;
    if (load::may_have_placeholders(body.bytes())) load::parse_pattern(path, body.bytes());
    return body;
  }

  const ReadBody& read_body_;
  std::map<std::string, Body> bodies_;
};

}  // namespace

std::vector<Line> parse_url_list(std::string_view text, std::string_view name,
                                 const ReadBody& read_body) {
  std::vector<Line> lines;
  ListReader reader(read_body);
  std::size_t number = 0;
  for (const auto whole : lines_of(text)) {
    ++number;
    const auto line = without_whitespace(without_comment(whole));
    if (line.empty()) continue;
    try {
      lines.push_back(reader.read(line));
    } catch (const UsageError& error) {
      throw UsageError(fmt::format("--urls: {}:{}: {}", name, number, error.what()));
    }
  }
  if (lines.empty()) throw UsageError(fmt::format("--urls: '{}' has no URL", name));
  return lines;
}

void complete(std::vector<Line>& lines, const Word& method, bool has_body) {
  for (Line& line : lines) {
    const bool has_own = line.method.empty() && !line.plan_body;
    line.plan_body = line.plan_body && has_body;
    if (line.method.empty())
      line.method = method.value_or(has_own || line.plan_body ? "POST" : "GET");
  }
}

}  // namespace tws
