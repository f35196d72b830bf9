// The page of a run. A real browser looks at one in tests/end_to_end/html_test.py.
#include "report/example_runs.hpp"
#include "report/formats.hpp"
#include "report/html_parts.hpp"
#include "tws/measure/facts.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <cmath>
#include <regex>
#include <set>
#include <string>

namespace tws {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::size_t most_bytes = 200'000;

Reports of(Run run, std::string name = "front page") {
  Reports reports;
  reports.push_back(reported(std::move(name), std::move(run)));
  return reports;
}

// What is wrong with it as XML, or as HTML in the same text; empty if nothing is.
std::string fault_of(const std::string& page) {
  static const std::regex tag(R"(^<(/?)([a-z][a-z0-9]*)((?: [a-zA-Z-]+="[^"<]*")*)(/?)>)",
                              std::regex::optimize);
  static const std::set<std::string> empty{"meta", "link", "br", "path"};
  constexpr std::string_view doctype = "<!DOCTYPE html>\n";
  if (page.rfind(doctype, 0) != 0) return "no doctype";
  std::vector<std::string> open;
  for (std::size_t at = doctype.size(); at < page.size();) {
    if (page[at] == '&') {
      const auto entity = page.substr(at, page.find(';', at) - at + 1);
      if (!std::set<std::string>{"&lt;", "&gt;", "&amp;", "&quot;", "&#39;"}.contains(entity))
        return "entity " + page.substr(at, 20);
    }
    if (page[at] != '<') {
      ++at;
      continue;
    }
    // Values are long, and std::regex is recursive: without them the tag is short.
    const auto end = page.find('>', at);
    std::string whole, value;
    bool is_quoted = false;
    for (const char c : page.substr(at, end - at + 1)) {
      if (c == '"') is_quoted = !is_quoted;
      if (is_quoted && c != '"' && c == '<') return "< in a value";
      if (!is_quoted || c == '"') whole += c;
    }
    std::smatch match;
    if (is_quoted || !std::regex_search(whole, match, tag)) return "tag " + page.substr(at, 60);
    const auto name = match[2].str();
    const bool closes = match[1].length() > 0, is_empty = match[4].length() > 0;
    if (is_empty != empty.contains(name) && !closes) return "empty " + name;
    if (closes) {
      if (open.empty() || open.back() != name) return "closed " + page.substr(at, 60);
      open.pop_back();
    } else if (!is_empty) {
      open.push_back(name);
    }
    at = end + 1;
  }
  return open.empty() ? "" : "open " + open.back();
}

TEST(Page, CheckFindsFaults) {
  const std::string head = "<!DOCTYPE html>\n";
  EXPECT_EQ(fault_of(head + "<p class=\"a\">b &lt; c<br/></p>"), "");
  for (const char* wrong : {"<p>", "</p>", "<p></b>", "<p a=b></p>", "<p/>", "<br>", "a & b",
                            "a < b", "<p a=\"<\"></p>", "&nbsp;"})
    EXPECT_NE(fault_of(head + wrong), "") << wrong;
  EXPECT_NE(fault_of("<p></p>"), "");
}

TEST(Page, IsWellFormedSmallAndLoadsNothing) {
  for (const auto& [name, run] : examples::all()) {
    const auto page = as_html(of(run));
    EXPECT_EQ(fault_of(page), "") << name;
    EXPECT_LE(page.size(), most_bytes) << name;
    EXPECT_THAT(page, HasSubstr("<h2>Verdict</h2>")) << name;
    EXPECT_THAT(page, HasSubstr("default-src 'none'")) << name;
    for (const char* word : {" src=", "@import", "url(", "<img", "<iframe", "<object", "<a href"})
      EXPECT_THAT(page, Not(HasSubstr(word))) << name;
    for (const char* word : {"nan", "inf", "-nan"})
      for (const char* around : {"\"{}\"", ">{}<", " {} ", "{}%", "M{} ", "H{}", "V{}"})
        EXPECT_THAT(page, Not(HasSubstr(fmt::format(fmt::runtime(around), word)))) << name;
  }
}

TEST(Page, HasNoMeanOfDifferentLoads) {
  const auto page = as_html(of(examples::staged()));
  EXPECT_THAT(page, HasSubstr("<dt>Requests/s</dt><dd>by stage</dd>"));
  EXPECT_THAT(page, HasSubstr("<section id=\"stages\">"));
  EXPECT_THAT(page, HasSubstr("Median latency (all stages together)"));
  EXPECT_THAT(page, Not(HasSubstr(" on average")));
  const auto steady = as_html(of(examples::keep_alive()));
  EXPECT_THAT(steady, HasSubstr(" on average"));
  EXPECT_THAT(steady, Not(HasSubstr("<section id=\"stages\">")));
}

TEST(Page, HasEachUrl) {
  EXPECT_THAT(as_html(of(examples::several_urls())), HasSubstr("<section id=\"urls\">"));
}

TEST(Page, HasTheScriptsLimit) {
  EXPECT_LE(page_script().size(), 4096u);
  for (const auto text : {page_style(), page_script()})
    EXPECT_EQ(text.find_first_of("<&"), std::string_view::npos);
}

TEST(Page, HasTheExactNumbers) {
  const auto run = examples::article();
  const auto page = as_html(of(run));
  const auto has = [&](const char* key, double value) {
    EXPECT_THAT(page, HasSubstr(fmt::format("<data class=\"{}\" value=\"{}\">", key, value)));
  };
  has("requestsPerSec", 16384 / run.seconds);
  has("successRate", *success_rate(run.tally));
  has("responses", 16384);
  has("p99", latency_quantile(run.tally, 0.99)->seconds);
  has("slowest", *run.tally.latency.max());
  has("status-200", 16384);
}

TEST(Page, TellsInOrder) {
  const auto page = as_html(of(examples::ports_exhausted()));
  std::size_t at = 0;
  for (const char* id : {"verdict", "rate", "heat-map", "percentiles", "errors", "sockets", "ports",
                         "time", "targets", "repeat"}) {
    const auto next = page.find(fmt::format("id=\"{}\"", id));
    ASSERT_NE(next, std::string::npos) << id;
    EXPECT_GT(next, at) << id;
    at = next;
  }
  EXPECT_THAT(page, HasSubstr("first connect: EADDRNOTAVAIL"));
  EXPECT_THAT(page, HasSubstr("all 16,384 ports"));
}

TEST(Page, PredictsThePorts) {
  const auto page = as_html(of(examples::ports_exhausted()));
  const auto tips = page.substr(page.find("<figure id=\"ports\">"));
  // Before the run, after a second and from then on, at a rate of 14,890 connections per second.
  EXPECT_THAT(tips, HasSubstr("[&quot;predicted&quot;,&quot;measured&quot;]"));
  EXPECT_THAT(tips, HasSubstr("[&quot;0|14,890|16,384|"));
  EXPECT_THAT(tips, HasSubstr(",&quot;0|14,890|16,384|"));
}

TEST(Page, OfNoResponseSaysSo) {
  for (auto run : {examples::all_failed(), examples::nothing()}) {
    const auto page = as_html(of(std::move(run)));
    EXPECT_THAT(page, HasSubstr("No request succeeded, so there is no latency."));
    EXPECT_THAT(page, Not(HasSubstr("class=\"p99\"")));
  }
  EXPECT_THAT(as_html(of(examples::all_failed())), HasSubstr("ECONNREFUSED"));
}

TEST(Page, OfAnInterruptedRunSaysSo) {
  EXPECT_THAT(as_html(of(examples::interrupted())), HasSubstr("Interrupted by SIGINT after"));
  EXPECT_THAT(as_html(of(examples::keep_alive())), Not(HasSubstr("class=\"banner\"")));
}

TEST(Page, OfTwoValuesHasTwoPercentiles) {
  auto run = examples::nothing();
  run.seconds = 1;
  run.plan.connections = 1;
  run.tally.latency.record(std::chrono::milliseconds(1));
  run.tally.latency.record(std::chrono::milliseconds(9));
  run.tally.responses_by_status[200] = 2;
  run.tally.requests_started = 2;
  Sample sample;
  sample.t = 1;
  sample.requests = 2;
  sample.latency = PackedHistogram([] {
    Histogram latency(Histogram::two_digits);
    latency.record(std::chrono::milliseconds(1));
    latency.record(std::chrono::milliseconds(9));
    return latency;
  }());
  run.timeline = {sample};
  const auto page = as_html(of(run));
  EXPECT_EQ(fault_of(page), "");
  EXPECT_THAT(page, HasSubstr("Latency of 2 requests, from 1.00 ms to 9.00 ms"));
  EXPECT_THAT(page, HasSubstr("|1.00 ms|-|"));  // no value beyond the median
}

TEST(Page, KeepsMarkupOut) {
  const std::string evil = "\"'></title></style></script><script>alert(1)</script>&<!--\xff\x01";
  auto run = examples::keep_alive();
  run.plan.urls = {"https://example.com/" + evil};
  run.targets[0].url = run.targets[0].address = evil;
  run.plan.headers = {{evil, evil}};
  run.plan.method = evil;
  run.plan.ok = "2xx";
  run.plan.sources = {evil};
  run.plan.tls.authorities = evil;
  run.stopped_by = evil;
  run.environment = {evil, evil, 2, evil, evil};
  run.simulated = Simulated{evil, evil, evil, evil};
  run.tally.unreadable = {{evil, 0, 3, evil}, {evil, 99, 1, evil}};
  run.tally.tls_used = {{0, evil, evil, evil, evil, evil, evil, 1}};
  run.tally.tls_words = evil;
  run.cpu.servers = {{1, evil, 0.5, 0.4, 1, 2}};
  run.trials = {{evil, 5, 1, 1, 1, 0.1, evil}};
  Diagnosis diagnosis = diagnose(run);
  diagnosis.verdict.sentence = evil;
  diagnosis.findings = {{evil,
                         Severity::limit,
                         Certainty::measured,
                         evil,
                         evil,
                         {{evil, evil, evil}},
                         {{evil, evil, evil}}}};
  Outcome outcome;
  outcome.threshold.text = outcome.why = evil;
  Reports reports;
  reports.push_back(Reported{evil, run, diagnosis, {outcome}});
  reports.push_back(Reported{evil, run, diagnosis, {outcome}});
  const auto page = as_html(reports);
  EXPECT_EQ(fault_of(page), "");
  EXPECT_EQ(page.find("<script"), page.rfind("<script"));
  EXPECT_THAT(page, Not(HasSubstr("<script>alert")));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(1)"));
}

TEST(Page, ComparesWithOthers) {
  auto reports = of(examples::keep_alive(), "now");
  EXPECT_THAT(as_html(reports), Not(HasSubstr("Beside the other runs")));
  reports.push_back(reported("before", examples::article()));
  const auto page = as_html(reports);
  EXPECT_EQ(fault_of(page), "");
  EXPECT_THAT(page, HasSubstr("Beside the other runs"));
  EXPECT_THAT(page, HasSubstr("</svg>now</li>"));
  EXPECT_THAT(page, HasSubstr("</svg>before</li>"));
  for (int i = 0; i < 20; ++i) reports.push_back(Reported(reports[1]));
  EXPECT_EQ(fault_of(as_html(reports)), "");
  EXPECT_LE(as_html(reports).size(), most_bytes);
}

// An hour, all cells of the heat map in use, all states of sockets, hundreds of long URLs.
TEST(Page, StaysSmallWhateverTheRun) {
  auto run = examples::ports_exhausted();
  run.seconds = 3600;
  run.timeline.clear();
  std::uint64_t random = 1;
  for (int i = 1; i <= 600; ++i) {
    Sample sample;
    sample.t = 6.0 * i;
    Histogram latency(Histogram::two_digits);
    for (int k = 0; k < 32; ++k) {
      random = random * 6364136223846793005u + 1442695040888963407u;
      const auto count = std::uint64_t{1} << (random >> 59);
      // Each value lies in a row of its own.
      latency.record(std::chrono::nanoseconds(std::llround(1000 * std::pow(2.0, k * 5 / 8.0))),
                     count);
      sample.requests += count;
    }
    sample.errors = random >> 50;
    sample.latency = PackedHistogram(latency);
    sample.sockets.emplace();
    for (const TcpState state : tcp_states) {
      sample.sockets->client[state] = random >> 44;
      sample.sockets->server[state] = random >> 45;
    }
    sample.sockets->client_ports = random >> 50;
    run.timeline.push_back(sample);
  }
  for (int i = 0; i < 200; ++i) {
    const auto url = fmt::format("http://127.0.0.1:3779/{}/{}", i, std::string(5000, '\''));
    run.plan.urls.push_back(url);
    run.targets.push_back({url, "127.0.0.1:3779", {}});
    if (i < 60) run.plan.thresholds.push_back(fmt::format("p99 < {}ms", i + 1));
    run.tally.by_target.push_back({1, 2, 3, std::chrono::seconds(1)});
    run.tally.responses_by_status[static_cast<std::size_t>(i) + 200] = 1;
    if (run.tally.unreadable.size() < most_unreadable)
      run.tally.unreadable.push_back({std::string(100, '<'), 0, 1, std::string(100, '<')});
    run.tally.requests_failed[{Phase::read, i + 1}] = {1, std::chrono::seconds(i)};
  }
  const auto page = as_html(of(run, std::string(10'000, '"')));
  EXPECT_EQ(fault_of(page), "");
  EXPECT_LE(page.size(), most_bytes);
}

}  // namespace
}  // namespace tws
