#include "report/fit.hpp"

#include "report/paint.hpp"

#include <algorithm>
#include <vector>

namespace tws {
namespace {

constexpr std::size_t tab = 8;

// The column behind `text` if it begins at column `at`. Escape sequences take no room.
std::size_t column_after(std::string_view text, std::size_t at) {
  while (!text.empty()) {
    if (text.front() == '\x1b') {
      text.remove_prefix(std::min(text.find('m'), text.size() - 1) + 1);
    } else if (text.front() == '\t') {
      at += tab - at % tab;
      text.remove_prefix(1);
    } else {
      const auto end = std::min(text.find_first_of("\x1b\t"), text.size());
      at += columns(text.substr(0, end));
      text.remove_prefix(end);
    }
  }
  return at;
}

std::string fitted_line(std::string_view line, std::size_t width) {
  if (column_after(line, 0) <= width) return std::string(line);
  const auto lead = std::min(line.find_first_not_of(' '), line.size());
  const std::string margin(std::min(lead + 4, width / 2), ' ');
  std::string text(line.substr(0, lead));
  std::size_t at = lead;
  bool first = true;
  line.remove_prefix(lead);
  while (!line.empty()) {
    // A word with the blanks before it.
    const auto begin = std::min(line.find_first_not_of(" \t"), line.size());
    const auto end = std::min(line.find_first_of(" \t", begin), line.size());
    const auto after = column_after(line.substr(0, end), at);
    if (!first && after > width) {
      text += '\n' + margin;
      text += line.substr(begin, end - begin);
      at = column_after(line.substr(begin, end - begin), margin.size());
    } else {
      text += line.substr(0, end);
      at = after;
    }
    first = false;
    line.remove_prefix(end);
  }
  return text;
}

// At spaces outside of quotes.
std::vector<std::string> shell_words(std::string_view command) {
  std::vector<std::string> words(1);
  bool quoted = false;
  for (std::size_t i = 0; i < command.size(); ++i) {
    const char c = command[i];
    if (c == ' ' && !quoted) {
      if (!words.back().empty()) words.emplace_back();
      continue;
    }
    if (c == '\'') quoted = !quoted;
    words.back() += c;
    if (c == '\\' && !quoted && i + 1 < command.size()) words.back() += command[++i];
  }
  return words;
}

}  // namespace

std::string fitted(std::string_view text, int width) {
  std::string result;
  bool goes_on = false;  // the line before ended in a backslash
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    const bool command = line.ends_with(" \\");
    result += goes_on || command ? std::string(line)
                                 : fitted_line(line, static_cast<std::size_t>(std::max(width, 1)));
    if (end < text.size()) result += '\n';
    goes_on = command;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result;
}

std::string shell_lines(std::string_view command, int width) {
  const auto room = static_cast<std::size_t>(std::max(width, 40));
  std::string text, line;
  // An option and its value stay together where they fit.
  std::vector<std::string> parts;
  for (const std::string& word : shell_words(command)) {
    const bool value = !parts.empty() && parts.back().starts_with('-') && !word.starts_with('-') &&
                       parts.back().find(' ') == std::string::npos &&
                       columns(parts.back()) + columns(word) + 5 <= room;
    if (value)
      parts.back() += " " + word;
    else
      parts.push_back(word);
  }
  for (const std::string& word : parts) {
    if (!line.empty() && columns(line) + columns(word) + 3 > room) {
      text += line + " \\\n";
      line = " ";
    }
    line += (line.empty() ? "" : " ") + word;
  }
  return text + line + '\n';
}

}  // namespace tws
