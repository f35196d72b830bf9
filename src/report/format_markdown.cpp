// Tables for people, in Markdown with GitHub's tables, and GitHub's workflow commands.
#include "measure/stages.hpp"
#include "report/formats.hpp"
#include "report/paint.hpp"
#include "support/units.hpp"
#include "tws/measure/facts.hpp"
#include "tws/report/outcomes_text.hpp"

#include <fmt/format.h>

namespace tws {
namespace {

// Nothing in it is taken for markup, and it stays in its cell of a table.
std::string plain(std::string_view text) {
  constexpr std::string_view markup = "\\`*_{}[]|";
  std::string escaped;
  for (const char c : text) {
    if (c == '<')
      escaped += "&lt;";
    else if (c == '>')
      escaped += "&gt;";
    else if (c == '&')
      escaped += "&amp;";
    else if (c == '~')
      escaped += "&#126;";
    else if (static_cast<unsigned char>(c) < ' ')
      escaped += ' ';
    else if (markup.find(c) != std::string_view::npos)
      escaped += {'\\', c};
    else
      escaped += c;
  }
  return escaped;
}

std::string time_or_nothing(std::optional<double> seconds) {
  return seconds ? format_duration(*seconds) : "-";
}

std::string at(const Run& run, double share) {
  const auto quantile = latency_quantile(run.tally, share);
  if (!quantile) return "-";
  return (quantile->lower_bound ? "&gt;= " : "") + format_duration(quantile->seconds);
}

std::string row(std::string_view name, const Run& run, const Verdict& verdict) {
  const auto rate = ratio(static_cast<double>(run.tally.successes()), run.seconds);
  const auto success = success_rate(run.tally);
  return fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} |\n", plain(name),
                     rate ? format_count(whole(*rate)) : "-",
                     success ? format_percent(*success) : "-", at(run, 0.5), at(run, 0.9),
                     at(run, 0.99), time_or_nothing(run.tally.latency.max()),
                     plain(verdict.limited_by));
}

// A row, or one for each stage: a mean of different loads is none of them.
std::string rows(const Reported& one) {
  if (one.run.stages.empty()) return row(one.name, one.run, one.diagnosis.verdict);
  std::string text;
  for (std::size_t i = 0; i < one.run.stages.size(); ++i)
    text += row(fmt::format("{}, stage {}", one.name, i + 1), stage_run(one.run, i),
                one.diagnosis.stages.at(i));
  return text;
}

// "unknown" is no pass, so it has a sign of its own.
std::string_view sign(Result result) {
  return result == Result::pass ? "✅ pass" : result == Result::fail ? "❌ fail" : "❔ unknown";
}

std::string thresholds(const Reports& reports) {
  std::string text;
  for (const Reported& one : reports)
    for (const Outcome& outcome : one.outcomes)
      text += fmt::format("| {} | {} | {} | {} |\n", sign(outcome.result), plain(one.name),
                          plain(outcome.threshold.text), plain(outcome_words(outcome)));
  if (text.empty()) return text;
  return "\n| result | run | threshold | measured |\n|:---|:---|:---|:---|\n" + text;
}

// https://docs.github.com/actions/reference/workflow-commands-for-github-actions
std::string escaped(std::string_view text, bool is_property) {
  std::string result;
  for (const char c : text) {
    const bool special =
        c == '%' || c == '\r' || c == '\n' || (is_property && (c == ':' || c == ','));
    result += special ? fmt::format("%{:02X}", static_cast<unsigned char>(c)) : std::string(1, c);
  }
  return result;
}

}  // namespace

std::string as_markdown(const Reports& reports) {
  std::string text =
      "| run | requests/s | succeeded | p50 | p90 | p99 | slowest | limited by |\n"
      "|:---|---:|---:|---:|---:|---:|---:|:---|\n";
  for (const Reported& one : reports) text += rows(one);
  text += thresholds(reports);
  for (const Reported& one : reports)
    text += fmt::format("\n**{}**: {}\n", plain(one.name), plain(one.diagnosis.verdict.sentence));
  return text;
}

std::string github_annotations(const Reports& reports) {
  std::string text;
  for (const Reported& one : reports)
    for (const Outcome& outcome : one.outcomes)
      if (outcome.result != Result::pass)
        text += fmt::format(
            "::{} title={}::{}\n", outcome.result == Result::fail ? "error" : "warning",
            escaped(fmt::format("{}: {}", name(outcome.result), outcome.threshold.text), true),
            escaped(fmt::format("{}: {}", one.name, outcome_words(outcome)), false));
  return text;
}

}  // namespace tws
