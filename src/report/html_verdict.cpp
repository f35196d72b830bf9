// The head of a run's page: what happened, why, and what to do.
#include "report/html_parts.hpp"
#include "report/html_text.hpp"
#include "report/paint.hpp"
#include "report/summary.hpp"
#include "report/text_parts.hpp"
#include "report/words.hpp"
#include "support/units.hpp"
#include "tws/report/outcomes_text.hpp"

#include <fmt/format.h>

namespace tws {
namespace {

constexpr std::size_t most_of_a_sentence = 1'000,
                      most_of_a_text = 20'000;  // bytes; they may name URLs

std::string tile(std::string_view title, std::string_view value) {
  return fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", title, value);
}

std::string time_data(std::string_view key, std::optional<double> seconds) {
  return seconds ? data(key, *seconds, time_words(*seconds)) : "-";
}

std::string quantile_data(std::string_view key, const std::optional<Quantile>& at) {
  if (!at) return "-";
  return (at->lower_bound ? "≥ " : "") + time_data(key, at->seconds);
}

std::string list_of(std::string_view title, const std::string& items) {
  return items.empty() ? items : fmt::format("<h4>{}</h4>\n<ul>\n{}</ul>\n", title, items);
}

// Most actions are typed; the others are sentences.
std::string action_html(const std::string& action) {
  const bool is_typed = action.starts_with('-') || action.find(" -") != std::string::npos ||
                        action.find('=') != std::string::npos;
  return fmt::format("<{0}>{1}</{0}>", is_typed ? "code" : "strong",
                     escaped(action, most_of_a_sentence));
}

std::string finding_html(const Finding& finding) {
  std::string remedies, evidence;
  for (const Remedy& one : finding.remedies)
    remedies += fmt::format(
        "<li>{}: {}{}</li>\n", action_html(one.action), escaped(one.effect, most_of_a_sentence),
        one.measured.empty() ? "" : "; measured: " + escaped(one.measured, most_of_a_sentence));
  for (const Evidence& one : finding.evidence)
    evidence += fmt::format("<li>{}: <strong>{}</strong> <small>({})</small></li>\n",
                            escaped(one.what, most_of_a_name), escaped(one.value, most_of_a_name),
                            escaped(one.source, most_of_a_name));
  return fmt::format(
      "<article class=\"{0}\">\n<h3><span class=\"badge\">{0}</span> <a "
      "id=\"finding-{1}\">{1}</a>{2}</h3>\n<p class=\"headline\">{3}</p>\n{4}{5}{6}</article>\n",
      name(finding.severity), escaped(finding.id),
      fmt::format(" <small>{}</small>", name(finding.certainty)),
      escaped(finding.headline, most_of_a_sentence),
      finding.why.empty() ? ""
                          : fmt::format("<p>{}</p>\n", escaped(finding.why, most_of_a_sentence)),
      list_of("What to do", remedies), list_of("Seen", evidence));
}

std::string outcomes_html(const std::vector<Outcome>& outcomes) {
  if (outcomes.empty()) return {};
  constexpr std::size_t most = 50;
  std::string rows;
  for (std::size_t i = 0; i < std::min(outcomes.size(), most); ++i)
    rows += fmt::format(
        "<tr class=\"{0}\"><td><span class=\"badge\">{0}</span></td><td><code>{1}</code></td>"
        "<td>{2}</td></tr>\n",
        name(outcomes[i].result), escaped(outcomes[i].threshold.text, most_of_a_name),
        escaped(outcome_words(outcomes[i])));
  if (outcomes.size() > most)
    rows +=
        fmt::format("<tr><td></td><td>and {} more</td><td></td></tr>\n", outcomes.size() - most);
  return "<h3>Thresholds</h3>\n<table id=\"thresholds\">\n" + rows + "</table>\n";
}

std::string ended_early(const Run& run) {
  std::string html;
  if (run.signal)
    html += fmt::format(
        "<p class=\"banner\">Interrupted by {} after {}: the page covers this time "
        "only.</p>\n",
        signal_name(*run.signal), time_words(run.seconds));
  if (run.stopped_by)
    html +=
        fmt::format("<p class=\"banner\">Ended after {} by <code>--threshold '{}'</code>.</p>\n",
                    time_words(run.seconds), escaped(*run.stopped_by, most_of_a_name));
  if (run.simulated)
    html += fmt::format(
        "<p class=\"banner\">Simulated by the rules of {}: no kernel and no server "
        "took part.{}</p>\n",
        escaped(run.simulated->system),
        run.simulated->unchecked.empty()
            ? ""
            : " Unchecked: " + escaped(run.simulated->unchecked) + ".");
  return html;
}

}  // namespace

std::string title_part(const Reported& one) {
  const Run& run = one.run;
  std::string line = run.environment.started_at.empty()
                         ? std::string()
                         : fmt::format("<time>{}</time> · ", escaped(run.environment.started_at));
  line += fmt::format("{} · {}", data("total", run.seconds, time_words(run.seconds)),
                      plural(run.plan.connections, "connection"));
  if (run.plan.rate) line += fmt::format(" · {:.10g} requests/s planned", *run.plan.rate);
  const auto others = run.plan.urls.size();
  if (others > 1) line += fmt::format(" · {} URLs", others);
  return fmt::format(
      "<header>\n<p class=\"kicker\">hammer {}</p>\n<h1>{}</h1>\n<p>{}</p>\n{}</header>\n",
      escaped(run.environment.version), escaped(one.name, most_of_a_name), line, ended_early(run));
}

std::string numbers_part(const Reported& one) {
  const Run& run = one.run;
  const Tally& tally = run.tally;
  const auto rate = ratio(static_cast<double>(tally.successes()), run.seconds);
  const auto share = success_rate(tally);
  const auto responses = tally.responses();
  std::string tiles;
  // Of different loads there is no rate, and latencies are of all of them.
  const bool by_stage = !run.stages.empty();
  const std::string_view of_all = run.stages.size() > 1 ? " (all stages together)" : "";
  tiles += tile("Requests/s", by_stage ? std::string("by stage")
                              : rate   ? data("requestsPerSec", *rate,
                                            *rate < 100 ? fmt::format("{:.3g}", *rate)
                                                          : format_count(whole(*rate)))
                                       : "-");
  tiles += tile("Success rate", share ? data("successRate", *share, format_percent(*share)) : "-");
  tiles +=
      tile("Responses", data("responses", static_cast<double>(responses), format_count(responses)));
  tiles += tile(fmt::format("Median latency{}", of_all),
                quantile_data("p50", latency_quantile(tally, 0.5)));
  tiles += tile(fmt::format("p99 latency{}", of_all),
                quantile_data("p99", latency_quantile(tally, 0.99)));
  tiles += tile("Slowest", time_data("slowest", tally.latency.max()));
  return "<dl class=\"tiles\">\n" + tiles + "</dl>\n";
}

std::string as_text_part(std::string_view id, std::string_view text) {
  return text.empty() ? std::string()
                      : fmt::format("<section id=\"{}\">\n<pre>{}</pre>\n</section>\n", id,
                                    escaped(text, most_of_a_text));
}

std::string verdict_part(const Reported& one) {
  const auto& verdict = one.diagnosis.verdict;
  std::string html = fmt::format(
      "<section id=\"verdict\">\n<h2>Verdict</h2>\n<p class=\"sentence {}\">{}</p>\n",
      verdict.valid ? "valid" : "invalid", escaped(verdict.sentence, most_of_a_sentence));
  const auto is_servers = [](bool yes) { return yes ? "yes" : "no"; };
  html += fmt::format(
      "<p class=\"worth\">Limited by <code>{}</code>. Is the rate the server's? "
      "<strong>{}</strong>. Is the latency? <strong>{}</strong>.</p>\n",
      escaped(verdict.limited_by), is_servers(verdict.rate_is_servers),
      is_servers(verdict.latency_is_servers));
  for (const Finding& finding : one.diagnosis.findings) html += finding_html(finding);
  return html + outcomes_html(one.outcomes) + "</section>\n";
}

}  // namespace tws
