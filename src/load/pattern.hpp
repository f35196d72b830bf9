// Text with placeholders, which stand for something else in each request:
//   {{seq}}       the request's number, from 1
//   {{rand A B}}  a whole number from A to B
//   {{uuid}}      a random UUID
//   {{line}}      a line of --body-lines
// \{{ stands for {{.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tws::load {

// What placeholders stand for in one request. The same seed and number give the same values.
class Values {
 public:
  Values(std::uint64_t seed, std::uint64_t number, std::string_view line);

  std::uint64_t number() const { return number_; }
  std::string_view line() const { return line_; }
  std::uint64_t random();  // another one each time

 private:
  std::uint64_t number_;
  std::string_view line_;
  std::uint64_t state_;
};

class Pattern {
 public:
  Pattern() = default;

  bool has_placeholders() const;
  bool has_line() const;
  // Without placeholders: what it always is.
  std::string text() const;
  void append_to(std::string& out, Values& values, std::uint64_t body_size) const;

  Pattern& add_text(std::string_view text);
  Pattern& add_body_size();
  Pattern& add(const Pattern& other);

 private:
  enum class Kind : std::uint8_t {
    text,
    number,
    random,
    uuid,
    line,
    line_in_path,
    line_in_query,
    body_size,
  };
  struct Piece {
    Kind kind;
    std::string text = {};
    std::uint64_t low = 0, high = 0;  // of a random number
  };

  static Piece piece_of(std::string_view placeholder);
  friend Pattern parse_pattern(std::string_view, std::string_view);
  friend Pattern parse_path_pattern(std::string_view, std::string_view);

  std::vector<Piece> pieces_;
};

// Throws UsageError that begins with `what`.
Pattern parse_pattern(std::string_view what, std::string_view text);
// The path and query of a URL, as typed: encoded where a request can't have it.
Pattern parse_path_pattern(std::string_view what, std::string_view path);

// Whether parse_pattern() would make another text of it.
inline bool may_have_placeholders(std::string_view text) {
  return text.find("{{") != text.npos;
}

}  // namespace tws::load
