// Tables of a run's page.
#include "report/command_line.hpp"
#include "report/html_parts.hpp"
#include "report/html_text.hpp"
#include "report/paint.hpp"
#include "report/summary.hpp"
#include "report/svg_chart.hpp"
#include "report/text_parts.hpp"
#include "report/words.hpp"
#include "support/units.hpp"
#include "tws/report/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace tws {
namespace {

std::string section(std::string_view id, std::string_view title, const std::string& html) {
  return fmt::format("<section id=\"{}\">\n<h2>{}</h2>\n{}</section>\n", id, title, html);
}

// Wide ones scroll by themselves, not the whole page. The first column is words, the others are
// numbers.
std::string table(const std::vector<std::string_view>& head, const std::string& rows) {
  std::string cells;
  for (const auto one : head) cells += fmt::format("<th scope=\"col\">{}</th>", one);
  return fmt::format(
      "<div class=\"wide\"><table class=\"numbers\">\n<thead><tr>{}</tr></thead>\n"
      "<tbody>\n{}</tbody>\n</table></div>\n",
      cells, rows);
}

std::string row(const std::vector<std::string>& cells) {
  std::string html = "<tr>";
  for (std::size_t i = 0; i < cells.size(); ++i)
    html += i == 0 ? fmt::format("<th scope=\"row\">{}</th>", cells[i])
                   : fmt::format("<td>{}</td>", cells[i]);
  return html + "</tr>\n";
}

std::string words_of_quantile(const std::optional<Quantile>& at) {
  return at ? (at->lower_bound ? "≥ " : "") + time_words(at->seconds) : "-";
}

// "+5.4%"; nothing where one of them is unknown.
std::string change(std::optional<double> now, std::optional<double> before) {
  const auto share = now && before ? ratio(*now, *before) : std::nullopt;
  return share ? fmt::format("{:+.1f}%", (*share - 1) * 100) : "-";
}

// A number of a run, for the table of several.
struct Compared {
  std::string_view title;
  std::optional<double> (*value)(const Run& run);
  std::string (*words)(double value);
};

template <int hundredths>  // of a percent
std::optional<double> quantile(const Run& run) {
  const auto at = latency_quantile(run.tally, hundredths / 10'000.0);
  return at ? std::optional(at->seconds) : std::nullopt;
}

std::string rate_words(double rate) {
  return rate < 100 ? fmt::format("{:.3g}", rate) : format_count(whole(rate));
}

const std::array compared{
    Compared{"requests per second",
             [](const Run& run) {
               return ratio(static_cast<double>(run.tally.successes()), run.seconds);
             },
             rate_words},
    Compared{"success rate", [](const Run& run) { return success_rate(run.tally); },
             format_percent},
    Compared{"p50", quantile<5000>, time_words},
    Compared{"p90", quantile<9000>, time_words},
    Compared{"p99", quantile<9900>, time_words},
    Compared{"p99.9", quantile<9990>, time_words},
    Compared{"slowest", [](const Run& run) { return run.tally.latency.max(); }, time_words},
};

constexpr std::array<std::string_view, phase_names.size()> phase_words{
    "until a connection was established, or the attempt failed",
    "TLS, until the handshake was complete",
    "until the kernel had the whole request",
    "until the first byte of the response: the server and the network",
    "until the last byte of the response",
    "until the server closed",
    "pausing after a failed attempt",
    "until the next request was due, or none was left"};

template <typename T>
std::string count_or_nothing(const std::optional<T>& count) {
  return count ? format_count(static_cast<std::uint64_t>(*count)) : "-";
}

std::string seconds_or_nothing(const std::optional<double>& seconds) {
  return seconds ? round_time_words(*seconds) : "-";
}

// The limits that decide how far the ports reach.
std::string system_rows(const Run& run) {
  const Environment& on = run.environment;
  const Limits& limits = run.limits;
  std::string rows;
  rows += row({"system", escaped(fmt::format("{} {}", on.os, on.kernel))});
  rows += row({"processors", on.cpus > 0 ? std::to_string(on.cpus) : "-"});
  rows += row({"hammer", escaped(on.version)});
  rows += row({"source ports",
               limits.ports ? fmt::format("{}-{}, {} usable", limits.ports->low, limits.ports->high,
                                          count_or_nothing(limits.usable_ports))
                            : "-"});
  rows += row({"TIME_WAIT", seconds_or_nothing(limits.time_wait_seconds)});
  rows += row({"reuse of TIME_WAIT", limits.reuse ? std::string(name(*limits.reuse)) : "-"});
  rows += row({"open files", count_or_nothing(limits.open_files)});
  rows += row({"longest accept queue", count_or_nothing(limits.somaxconn)});
  return rows;
}

// What each kind of row has at most; the last row has the rest.
constexpr std::size_t most_kinds = 50;

std::string rest_row(std::string_view what, std::uint64_t count) {
  return count > 0 ? row({std::string(what), format_count(count), ""}) : std::string();
}

std::string status_rows(const Tally& tally) {
  std::string rows;
  std::size_t shown = 0;
  std::uint64_t rest = 0;
  for (std::size_t status = 0; status < tally.responses_by_status.size(); ++status) {
    const auto count = tally.responses_by_status[status];
    if (count > 0 && shown++ < most_kinds)
      rows += row(
          {fmt::format("status {}", status),
           data(fmt::format("status-{}", status), static_cast<double>(count), format_count(count)),
           ""});
    else
      rest += count;
  }
  return rows + rest_row("other statuses", rest);
}

std::string failure_rows(const Tally& tally) {
  std::string rows;
  std::size_t shown = 0;
  std::uint64_t rest = 0;
  for (const auto& [kind, failure] : failures(tally)) {
    if (shown++ >= most_kinds) {
      rest += failure.count;
      continue;
    }
    const auto words = words_of(kind);
    rows += row({escaped(name(kind) + (words ? ", " + *words : "")),
                 data("failure", static_cast<double>(failure.count), format_count(failure.count)),
                 time_words(to_seconds(failure.first))});
  }
  return rows + rest_row("other failures", rest);
}

// A run has most_unreadable of them at most.
std::string unreadable_rows(const Run& run) {
  constexpr std::size_t most = 150;  // bytes
  std::string rows;
  for (const Unreadable& one : run.tally.unreadable)
    rows += row({fmt::format("no HTTP/1.1: {} of {}: <code>{}</code>", escaped(one.what, most),
                             escaped(one.target < run.targets.size() ? run.targets[one.target].url
                                                                     : std::string("a target"),
                                     most),
                             escaped(words_of_bytes(one), most)),
                 format_count(one.count), ""});
  return rows;
}

}  // namespace

std::string others_part(const Reports& reports) {
  if (reports.size() < 2) return {};
  constexpr std::size_t most = 5;
  const std::size_t count = std::min(reports.size(), most);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i) {
    names.push_back(escaped(reports[i].name, 60));
    if (i > 0) names.emplace_back("change");
  }
  std::vector<std::string_view> head{""};
  head.insert(head.end(), names.begin(), names.end());
  std::string rows;
  for (const Compared& one : compared) {
    std::vector<std::string> cells{std::string(one.title)};
    const auto now = one.value(reports.front().run);
    for (std::size_t i = 0; i < count; ++i) {
      const auto value = one.value(reports[i].run);
      cells.push_back(value ? one.words(*value) : "-");
      if (i > 0) cells.push_back(change(now, value));
    }
    rows += row(cells);
  }
  auto html = table(head, rows);
  html +=
      "<p class=\"note\">A change is that of the first run from the other one. Whether it is "
      "more than chance, two runs can't tell: <code>hammer compare</code> of several can.</p>\n";
  if (reports.size() > most)
    html +=
        fmt::format("<p class=\"note\">{} more runs are not shown.</p>\n", reports.size() - most);
  return section("others", "Beside the other runs", html);
}

std::string percentiles_part(const Run& run) {
  const Tally& tally = run.tally;
  const auto ages = unfinished(tally);
  std::string rows;
  const auto latency = quantiles(tally.latency, tally.latency.empty() ? Histogram{} : ages);
  const auto first_byte = quantiles(tally.first_byte), connect = quantiles(tally.connect);
  for (std::size_t i = 0; i < percentiles.size(); ++i)
    rows += row({std::string(percentiles[i].key),
                 latency[i] ? (latency[i]->lower_bound ? "≥ " : "") +
                                  data(fmt::format("latency-{}", percentiles[i].key),
                                       latency[i]->seconds, time_words(latency[i]->seconds))
                            : "-",
                 words_of_quantile(first_byte[i]), words_of_quantile(connect[i])});
  if (tally.latency.empty() && tally.first_byte.empty() && tally.connect.empty()) return {};
  const auto count = [](const Histogram& times) { return format_count(times.count()); };
  rows += row({"values", count(tally.latency), count(tally.first_byte), count(tally.connect)});
  return "<section id=\"percentile-table\">\n" +
         table({"", "latency", "first byte", "connect"}, rows) + "</section>\n";
}

std::string outcomes_of_requests_part(const Run& run) {
  const Tally& tally = run.tally;
  const auto rows = status_rows(tally) + failure_rows(tally) + unreadable_rows(run);
  if (rows.empty()) return {};
  return "<section id=\"outcomes\">\n" + table({"what came", "how often", "first after"}, rows) +
         "</section>\n";
}

std::string time_part(const Run& run) {
  const double all = run.plan.connections * run.seconds;
  if (!(all > 0)) return section("time", "Where the connections' time went", "<p>-</p>\n");
  std::string rows;
  for (std::size_t i = 0; i < phase_names.size(); ++i) {
    const double share = to_seconds(run.tally.time_in_phase[i]) / all;
    if (share == 0) continue;
    rows += fmt::format(
        "<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"bar\">{}</td><td "
        "class=\"words\">{}</td></tr>\n",
        phase_names[i], format_percent(share), bar_svg(share), phase_words[i]);
  }
  return section(
      "time", "Where the connections' time went",
      fmt::format("<p class=\"note\">{} × {}. Each connection is in one of these at "
                  "any moment.</p>\n<table class=\"numbers time\">\n{}</table>\n",
                  plural(run.plan.connections, "connection"), time_words(run.seconds), rows));
}

std::string targets_part(const Run& run) {
  constexpr std::size_t most = 50;
  std::string rows;
  for (std::size_t i = 0; i < std::min(run.targets.size(), most); ++i) {
    const TargetUsed& target = run.targets[i];
    std::vector<std::string> cells{fmt::format(
        "{}<br/><small>{}</small>", escaped(target.url, most_of_a_name), escaped(target.address))};
    if (i < run.tally.by_target.size()) {
      const TargetTally& tally = run.tally.by_target[i];
      const auto mean = ratio(to_seconds(tally.answering), static_cast<double>(tally.responses));
      for (const auto count : {tally.connected, tally.failed, tally.responses})
        cells.push_back(format_count(count));
      cells.push_back(mean ? time_words(*mean) : "-");
    } else {
      cells.insert(cells.end(), 4, "-");
    }
    rows += row(cells);
  }
  if (rows.empty()) return {};
  auto html = table({"target", "connected", "failed", "responses", "mean time"}, rows);
  if (run.targets.size() > most)
    html += fmt::format("<p class=\"note\">{} more targets are not shown.</p>\n",
                        run.targets.size() - most);
  return section("targets", "Targets", html);
}

std::string repeat_part(const Reported& one) {
  constexpr std::size_t most_of_the_command = 8'000, most_of_the_text = 20'000;
  const Run& run = one.run;
  const auto command = run.simulated ? run.simulated->command
                                     : fmt::format("{}{}", fmt::join(command_line(run.plan), " "),
                                                   run.trials.empty() ? "" : " --prove");
  TextStyle style;
  style.unicode = true;
  return section(
      "repeat", "To do it again",
      fmt::format(
          "<pre id=\"command\"><code>{}</code></pre>\n<p class=\"note\">Values of headers and "
          "bodies are not shown: ... stands for them.</p>\n<table class=\"numbers "
          "system\">\n{}</table>\n<details><summary>The whole report as "
          "text</summary>\n<pre>{}</pre></details>\n",
          escaped(command, most_of_the_command), system_rows(run),
          escaped(to_text(run, style), most_of_the_text)));
}

}  // namespace tws
