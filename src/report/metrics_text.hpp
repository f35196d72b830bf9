// Text of OpenMetrics 1.0: https://prometheus.io/docs/specs/om/open_metrics_spec/
#pragma once

#include "tws/system/census.hpp"

#include <fmt/format.h>

#include <iterator>
#include <string>
#include <string_view>
#include <utility>

namespace tws {

inline constexpr std::string_view open_metrics_type =
    "application/openmetrics-text; version=1.0.0; charset=utf-8";

// A label's value with \, " and line feeds escaped.
inline std::string label_value(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\n')
      escaped += "\\n";
    else if (c == '\\' || c == '"')
      escaped += {'\\', c};
    else
      escaped += c;
  }
  return escaped;
}

class MetricsText {
 public:
  // All names begin with `prefix` and an underscore.
  explicit MetricsText(std::string_view prefix) : prefix_(prefix) {}

  // `unit`, where there is one, is the end of the name.
  void family(std::string_view name, std::string_view type, std::string_view help,
              std::string_view unit = {}) {
    name_ = name;
    suffix_ = type == "counter" ? "_total" : type == "info" ? "_info" : "";
    fmt::format_to(out(), "# TYPE {}_{} {}\n", prefix_, name, type);
    if (!unit.empty()) fmt::format_to(out(), "# UNIT {}_{} {}\n", prefix_, name, unit);
    fmt::format_to(out(), "# HELP {}_{} {}\n", prefix_, name, help);
  }

  // `labels` with their braces.
  template <typename Number>
  void sample(Number value, std::string_view labels = {}) {
    sample(suffix_, value, labels);
  }
  // With another end of the name: "_bucket", "_sum", "_count".
  template <typename Number>
  void sample(std::string_view suffix, Number value, std::string_view labels) {
    fmt::format_to(out(), "{}_{}{}{} {}\n", prefix_, name_, suffix, labels, value);
  }

  template <typename Number>
  void counter(std::string_view name, Number value, std::string_view help,
               std::string_view unit = {}) {
    family(name, "counter", help, unit);
    sample(value);
  }

  template <typename Number>
  void gauge(std::string_view name, Number value, std::string_view help,
             std::string_view unit = {}) {
    family(name, "gauge", help, unit);
    sample(value);
  }

  void sockets(const Census& census, std::string_view help) {
    family("sockets", "gauge", help);
    for (const auto side : {&Census::server, &Census::client})
      for (const TcpState state : tcp_states)
        sample((census.*side)[state],
               fmt::format(R"({{side="{}",state="{}"}})",
                           side == &Census::server ? "server" : "client", name(state)));
  }

  std::string end() && { return std::move(text_) + "# EOF\n"; }

 private:
  std::back_insert_iterator<std::string> out() { return std::back_inserter(text_); }

  std::string text_;
  std::string_view prefix_, name_, suffix_;
};

}  // namespace tws
