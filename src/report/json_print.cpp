#include "tws/report/json.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <cmath>

namespace tws {
namespace {

constexpr std::size_t line_width = 120;
// The samples of a timeline: a line each, or half of the file would be spaces.
constexpr std::size_t long_array = 20;

std::string number(double value) {
  if (!std::isfinite(value)) return "null";
  return fmt::format("{}", value);  // as many digits as it takes to read the same number
}

// On one line.
std::string compact(const boost::json::value& value) {
  std::string text;
  if (const auto* object = value.if_object()) {
    for (const auto& [key, member] : *object) {
      text += text.empty() ? "" : ", ";
      text += boost::json::serialize(key) + ": " + compact(member);
    }
    return "{" + text + "}";
  }
  if (const auto* array = value.if_array()) {
    for (const auto& element : *array) {
      text += text.empty() ? "" : ", ";
      text += compact(element);
    }
    return "[" + text + "]";
  }
  if (const auto* floating = value.if_double()) return number(*floating);
  return boost::json::serialize(value);
}

// `before` is what stands on the value's first line already.
std::string print(const boost::json::value& value, std::size_t indent, std::size_t before) {
  std::string line = compact(value);
  if (before + line.size() < line_width || !value.is_structured()) return line;

  const std::string margin(indent + 2, ' ');
  std::string text;
  const auto add = [&](const std::string& key, const boost::json::value& member) {
    text += text.empty() ? "\n" : ",\n";
    text += margin + key + print(member, indent + 2, margin.size() + key.size());
  };
  const bool is_object = value.is_object();
  if (is_object) {
    for (const auto& [key, member] : value.get_object())
      add(boost::json::serialize(key) + ": ", member);
  } else {
    // Short elements share a line: a histogram's buckets are thousands.
    std::size_t length = line_width;
    const bool is_long = value.get_array().size() > long_array;
    for (const auto& element : value.get_array()) {
      if (is_long && element.is_object()) {
        text += fmt::format("{}{}{}", text.empty() ? "\n" : ",\n", margin, compact(element));
        continue;
      }
      const std::string short_form = element.is_object() ? std::string() : compact(element);
      const bool fits = !short_form.empty() && length + short_form.size() + 3 < line_width;
      if (fits) {
        text += fmt::format(", {}", short_form);
        length += short_form.size() + 2;
      } else {
        add("", element);
        length = short_form.empty() ? line_width : margin.size() + short_form.size();
      }
    }
  }
  return (is_object ? "{" : "[") + text + '\n' + std::string(indent, ' ') + (is_object ? "}" : "]");
}

}  // namespace

std::string pretty(const boost::json::value& value) {
  return print(value, 0, 0);
}

}  // namespace tws
