// What was wrong with responses, and what was forgiven.
#include "http/response_fault.hpp"
#include "report/paint.hpp"
#include "report/text_parts.hpp"
#include "support/units.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tws {
namespace {

// Bytes as a terminal may show them.
std::string shown(std::string_view bytes) {
  std::string text(bytes);
  std::ranges::replace_if(
      text, [](char c) { return c < ' ' || c > '~'; }, '.');
  return text;
}

std::string_view words_of_count(const std::string& plural, std::uint64_t count) {
  const auto known = std::ranges::find(lenience_words, plural);
  if (count != 1 || known == lenience_words.end()) return plural;
  return lenience_words_of_one[static_cast<std::size_t>(known - lenience_words.begin())];
}

}  // namespace

std::string unreadable_text(const Run& run, const TextStyle& style) {
  std::string text;
  for (const Unreadable& one : run.tally.unreadable) {
    const auto url = one.target < run.targets.size() ? run.targets[one.target].url : "-";
    text +=
        paint(fmt::format("  [{}] {}, {}", one.count, one.what, url), Colour::red, style) + '\n';
    if (one.bytes.empty()) continue;
    text += fmt::format("    {}\n    \"{}\"\n", words_of_bytes(one), shown(one.bytes));
  }
  return text.empty() ? text : "Not HTTP/1.1, and what it began with:\n" + text;
}

std::string lenient_lines(const Tally& tally) {
  std::string text;
  for (const auto& [words, count] : tally.lenient)
    text += fmt::format("  Lenient:\t{} {}\n", format_count(count), words_of_count(words, count));
  return text;
}

}  // namespace tws
