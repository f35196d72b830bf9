#include "load/pattern.hpp"

#include "http/url.hpp"
#include "support/splitmix.hpp"
#include "support/units.hpp"
#include "tws/support/errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

namespace tws::load {
namespace {

constexpr std::uint64_t highest_random = 1'000'000'000'000'000'000;

// Version 4, RFC 9562 5.4.
void append_uuid(std::string& out, std::uint64_t high, std::uint64_t low) {
  high = (high & 0xffff'ffff'ffff'0fff) | 0x4000;
  low = (low & 0x3fff'ffff'ffff'ffff) | 0x8000'0000'0000'0000;
  fmt::format_to(std::back_inserter(out), "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32,
                 (high >> 16) & 0xffff, high & 0xffff, low >> 48, low & 0xffff'ffff'ffff);
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    if (text.empty()) return words;
    words.push_back(text.substr(0, text.find(' ')));
    text.remove_prefix(words.back().size());
  }
}

// A text and the placeholder behind it; nothing: there is none.
struct Part {
  std::string text;
  std::optional<std::string_view> placeholder;
};

// Takes it from the beginning of `rest`. Throws a reason.
Part take_part(std::string_view& rest) {
  Part part;
  while (true) {
    const auto begin = rest.find("{{");
    if (begin == rest.npos) {
      part.text += rest;
      rest = {};
      return part;
    }
    const bool escaped = begin > 0 && rest[begin - 1] == '\\';
    if (escaped) {
      part.text += rest.substr(0, begin - 1);
      part.text += "{{";
      rest.remove_prefix(begin + 2);
      continue;
    }
    part.text += rest.substr(0, begin);
    const auto end = rest.find("}}", begin);
    constexpr std::size_t most_shown = 20;
    if (end == rest.npos)
      throw UsageError(
          fmt::format("'{}' has no }}}} (\\{{{{ stands for {{{{)", rest.substr(begin, most_shown)));
    part.placeholder = rest.substr(begin, end + 2 - begin);
    rest.remove_prefix(end + 2);
    return part;
  }
}

template <typename Take>
void naming(std::string_view what, Take take) {
  try {
    take();
  } catch (const UsageError& error) {
    throw UsageError(fmt::format("{}: {}", what, error.what()));
  }
}

}  // namespace

Values::Values(std::uint64_t seed, std::uint64_t number, std::string_view line)
    : number_(number),
      line_(line),
      state_(splitmix::mixed(splitmix::mixed(seed + splitmix::step) + number)) {}

std::uint64_t Values::random() {
  return splitmix::mixed(state_ += splitmix::step);
}

bool Pattern::has_placeholders() const {
  return std::ranges::any_of(pieces_, [](const Piece& one) {
    return one.kind != Kind::text && one.kind != Kind::body_size;
  });
}

bool Pattern::has_line() const {
  return std::ranges::any_of(pieces_, [](const Piece& one) {
    return one.kind == Kind::line || one.kind == Kind::line_in_path ||
           one.kind == Kind::line_in_query;
  });
}

std::string Pattern::text() const {
  std::string all;
  for (const Piece& piece : pieces_) all += piece.text;
  return all;
}

void Pattern::append_to(std::string& out, Values& values, std::uint64_t body_size) const {
  const auto append_number = [&](std::uint64_t number) {
    fmt::format_to(std::back_inserter(out), "{}", number);
  };
  for (const Piece& piece : pieces_) {
    switch (piece.kind) {
      case Kind::text:
        out += piece.text;
        break;
      case Kind::number:
        append_number(values.number());
        break;
      case Kind::random:
        append_number(piece.low + values.random() % (piece.high - piece.low + 1));
        break;
      case Kind::uuid: {
        const auto high = values.random();
        append_uuid(out, high, values.random());
        break;
      }
      case Kind::line:
        out += values.line();
        break;
      case Kind::line_in_path:
        append_encoded(out, values.line(), UrlPart::path);
        break;
      case Kind::line_in_query:
        append_encoded(out, values.line(), UrlPart::query);
        break;
      case Kind::body_size:
        append_number(body_size);
        break;
    }
  }
}

Pattern& Pattern::add_text(std::string_view text) {
  if (text.empty()) return *this;
  if (pieces_.empty() || pieces_.back().kind != Kind::text) pieces_.push_back({Kind::text});
  pieces_.back().text += text;
  return *this;
}

Pattern& Pattern::add_body_size() {
  pieces_.push_back({Kind::body_size});
  return *this;
}

Pattern& Pattern::add(const Pattern& other) {
  pieces_.insert(pieces_.end(), other.pieces_.begin(), other.pieces_.end());
  return *this;
}

Pattern::Piece Pattern::piece_of(std::string_view placeholder) {
  const auto words = words_of(placeholder.substr(2, placeholder.size() - 4));
  const auto name = words.empty() ? std::string_view() : words.front();
  if (words.size() == 1 && name == "seq") return {Kind::number};
  if (words.size() == 1 && name == "uuid") return {Kind::uuid};
  if (words.size() == 1 && name == "line") return {Kind::line};
  if (name == "rand") {
    const auto low = words.size() == 3 ? parse_number(words[1], highest_random) : std::nullopt;
    const auto high = words.size() == 3 ? parse_number(words[2], highest_random) : std::nullopt;
    if (low && high && *low <= *high) return {Kind::random, {}, *low, *high};
    throw UsageError(
        fmt::format("'{}' is not {{{{rand A B}}}} with whole numbers from A to B, "
                    "such as {{{{rand 1 100}}}}",
                    placeholder));
  }
  throw UsageError(fmt::format(
      "'{}' is no placeholder; {{{{seq}}}}, {{{{rand A B}}}}, {{{{uuid}}}} and {{{{line}}}} are, "
      "and \\{{{{ stands for {{{{",
      placeholder));
}

Pattern parse_pattern(std::string_view what, std::string_view text) {
  Pattern pattern;
  naming(what, [&] {
    while (!text.empty()) {
      const auto [literal, placeholder] = take_part(text);
      pattern.add_text(literal);
      if (placeholder) pattern.pieces_.push_back(Pattern::piece_of(*placeholder));
    }
  });
  return pattern;
}

Pattern parse_path_pattern(std::string_view what, std::string_view path) {
  using Kind = Pattern::Kind;
  Pattern pattern;
  bool is_query = false;
  if (!path.starts_with('/')) pattern.add_text("/");
  const auto add_literal = [&](std::string_view text) {
    const auto query = is_query ? 0 : text.find('?');
    std::string encoded;
    append_encoded(encoded, text.substr(0, query), UrlPart::path);
    if (query != text.npos) {
      if (!std::exchange(is_query, true)) {
        encoded += '?';
        text.remove_prefix(query + 1);
      }
      append_encoded(encoded, text, UrlPart::query);
    }
    pattern.add_text(encoded);
  };
  naming(what, [&] {
    while (!path.empty()) {
      const auto [literal, placeholder] = take_part(path);
      const auto fragment = literal.find('#');  // is not sent
      add_literal(std::string_view(literal).substr(0, fragment));
      if (fragment != literal.npos) return;
      if (!placeholder) continue;
      auto piece = Pattern::piece_of(*placeholder);
      if (piece.kind == Kind::line)
        piece.kind = is_query ? Kind::line_in_query : Kind::line_in_path;
      pattern.pieces_.push_back(std::move(piece));
    }
  });
  return pattern;
}

}  // namespace tws::load
