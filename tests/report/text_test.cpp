#include "tws/report/text.hpp"

#include "report/example_runs.hpp"
#include "report/sections.hpp"
#include "report/summary.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cerrno>
#include <regex>

namespace tws {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr TextStyle plain{};
constexpr TextStyle wide{false, true, 120};

TEST(Text, ARateSaysWhetherItWasKept) {
  const auto missed = to_text(examples::rate_missed(), plain);
  EXPECT_THAT(missed, HasSubstr("of what ended; 50 in flight, 5000 never sent\n"));
  EXPECT_THAT(section(missed, "Rate:"),
              testing::ElementsAre(
                  "  asked:\t1000 requests/s", "  begun:\t5,000 of 10,000 that were due, 50.00%",
                  "  late:\t9,950 found no connection free when they were due",
                  "  never sent:\t5,000 at the deadline, the oldest due 5.00 s before",
                  testing::StartsWith("  begun after:\t"), testing::StartsWith("  then took:\t"),
                  "  Response times above count from when a request was due."));
  EXPECT_THAT(section(to_text(examples::rate_kept(), plain), "Rate:")[1],
              "  begun:\t10,000 of 10,000 that were due, 100.00%");
  EXPECT_THAT(to_text(examples::keep_alive(), plain), Not(HasSubstr("Rate:")));
}

TEST(Text, SeveralUrlsHaveTheirNumbers) {
  auto run = examples::several_urls();
  EXPECT_THAT(section(to_text(run, plain), "URLs:"),
              testing::ElementsAre("  responses  refused  failed  average      p50      p99",
                                   "    234,047        0       0  1.03 ms  1.64 ms  12.9 ms  GET /",
                                   "    234,046  234,046       7  1.03 ms        -        -  "
                                   "POST /items"));
  EXPECT_THAT(to_text(run, plain), HasSubstr("--urls urls.txt"));
  EXPECT_THAT(to_text(run, plain), HasSubstr("/ and others at 127.0.0.1:3779"));
  EXPECT_THAT(to_text(examples::keep_alive(), plain), Not(HasSubstr("URLs")));
  run.tally.by_url.resize(1000, run.tally.by_url[0]);
  run.tally.by_url[999].url = "http://127.0.0.1:3779/slow";
  run.tally.by_url[999].answering *= 2;
  const auto rows = section(to_text(run, plain), "URLs, the 16 with the longest average of 1,000:");
  ASSERT_EQ(rows.size(), 17u);
  EXPECT_THAT(rows[1], HasSubstr("/slow"));
}

TEST(Text, HasOhasHeadingsInOhasOrder) {
  const std::string text = to_text(examples::ports_exhausted(), plain);
  std::size_t at = 0;
  for (const char* heading :
       {"Summary:\n  Success rate:\t", "\n  Total:\t", "\n  Slowest:\t", "\n  Fastest:\t",
        "\n  Average:\t", "\n  Requests/sec:\t", "\n\n  Total data:\t", "\n  Size/request:\t",
        "\n  Size/sec:\t", "\n\nResponse time histogram:\n",
        "\n\nResponse time distribution:\n  10.00% in ", "\n  99.90% in ", "\n  99.99% in ",
        "\n\nDetails (average, fastest, slowest):\n  DNS+dialup:\t", "\n  DNS-lookup:\t",
        "\n\nStatus code distribution:\n  [200] 16384 responses\n",
        "\n\nError distribution:\n  [4551] connect: EADDRNOTAVAIL, "}) {
    const std::size_t found = text.find(heading, at);
    ASSERT_NE(found, std::string::npos) << heading;
    at = found;
  }
}

TEST(Text, RequestsPerSecondAreSuccesses) {
  const std::string text = to_text(examples::ports_exhausted(), plain);
  EXPECT_THAT(text, HasSubstr("Requests/sec:\t1637.8431 (responses/s: 1637.84, "
                              "connection attempts/s: 2092.79)\n"));
  EXPECT_THAT(text, HasSubstr("Success rate:\t78.26% (of 20,935 tries; 4,551 never left this "
                              "machine)\n"));
  EXPECT_THAT(to_text(examples::keep_alive(), plain), HasSubstr("Requests/sec:\t46793.3902\n"));
  EXPECT_THAT(to_text(examples::refused(), plain),
              HasSubstr("Requests/sec:\t23396.7451 (responses/s: 46793.39, "));
}

TEST(Text, SuccessIsCompleteOnlyWhereNothingFailed) {
  auto run = examples::keep_alive();
  EXPECT_THAT(to_text(run, plain), HasSubstr("Success rate:\t100.00%\n"));
  run.tally.requests_failed[{Phase::read, Cause::truncated}].count = 1;  // of 468,094
  EXPECT_THAT(to_text(run, plain), HasSubstr("Success rate:\t99.99%\n"));
}

TEST(Text, SuccessSaysWhatNeverReachedTheServerAndNothingElse) {
  auto run = examples::ports_exhausted();
  run.tally.in_flight = {{Phase::wait, 9s}};
  EXPECT_THAT(to_text(run, plain),
              HasSubstr("Success rate:\t78.26% (of 20,935 tries; 4,551 never left this machine)\n"
                        "  Not ended:\t1 in flight at the deadline\n"));
  // A refusal comes from there.
  EXPECT_THAT(to_text(examples::all_failed(), plain), Not(HasSubstr("never left")));
}

TEST(Text, WhatWasForgivenIsCounted) {
  auto run = examples::keep_alive();
  EXPECT_THAT(to_text(run, plain), Not(HasSubstr("Lenient")));
  run.tally.lenient = {{"status lines without a space", 5281}, {"heads with folded lines", 1}};
  EXPECT_THAT(to_text(run, plain), HasSubstr("  Lenient:\t1 head with folded lines\n"
                                             "  Lenient:\t5,281 status lines without a space\n"));
}

TEST(Text, WhatIsNoHttpIsNamedWithItsFirstBytes) {
  auto run = examples::keep_alive();
  EXPECT_THAT(to_text(run, plain), Not(HasSubstr("Not HTTP")));
  run.tally.unreadable = {{"status line", 0, 20, "HTTP/2 200\r\n"}, {"chunk", 7, 1, ""}};
  EXPECT_THAT(to_text(run, plain),
              HasSubstr("Not HTTP/1.1, and what it began with:\n"
                        "  [20] status line, http://127.0.0.1:3779/\n"
                        "    48 54 54 50 2f 32 20 32 30 30 0d 0a, looks like HTTP/2\n"
                        "    \"HTTP/2 200..\"\n"
                        "  [1] chunk, -\n"));
}

TEST(Text, OfSeveralAddressesItSaysWhich) {
  auto run = examples::keep_alive();
  EXPECT_THAT(to_text(run, plain), Not(HasSubstr(", address ")));
  run.targets[0].addresses = 3;
  run.targets[0].address_taken = 2;
  run.targets[0].refused = {"[::1]:3779"};
  EXPECT_THAT(to_text(run, plain),
              HasSubstr(" at 127.0.0.1:3779, address 2 of 3; refused: [::1]:3779\n"));
}

TEST(Text, APasswordIsNotShown) {
  auto run = examples::keep_alive();
  run.plan.urls = {"http://me:secret@127.0.0.1:3779/"};
  EXPECT_THAT(to_text(run, plain), StartsWith("hammer -z 10s -c 50 -t 2 http://me:...@127.0.0.1"));
}

TEST(Text, BeginsWithTheCommand) {
  EXPECT_THAT(to_text(examples::keep_alive(), plain),
              StartsWith("hammer -z 10s -c 50 -t 2 http://127.0.0.1:3779/\nTarget: "));
  EXPECT_THAT(to_text(examples::ports_exhausted(), plain),
              StartsWith("hammer -z 10s -c 50 -t 2 --disable-keepalive --close-by client \\\n"
                         "  --port-range 49152-65535 http://127.0.0.1:3779/\nTarget: "));
}

TEST(Text, TheArticlesHistogramIsNotFlattened) {
  const auto rows = section(to_text(examples::article(), plain), "Response time histogram:");
  ASSERT_EQ(rows.size(), 11u);
  std::uint64_t sum = 0;
  int with_a_bar = 0;
  for (const std::string& row : rows) {
    std::smatch match;
    ASSERT_TRUE(std::regex_match(row, match,
                                 std::regex(R"(  +[0-9]+\.[0-9]{3,} sec \[([0-9]+)\] *\|(#*))")))
        << row;
    sum += std::stoull(match[1]);
    with_a_bar += match[2].length() > 0;
  }
  EXPECT_EQ(sum, 16384u);
  EXPECT_GE(with_a_bar, 4);
  // The 63 that took seconds are where they belong, and nothing else is.
  EXPECT_THAT(rows[9], HasSubstr("[31]"));
  EXPECT_THAT(rows[10], AllOf(HasSubstr("6.714600 sec"), HasSubstr("[32]")));
}

TEST(Text, TheArticlesStallIsToldByItsPercentiles) {
  const std::string text = to_text(examples::article(), plain);
  EXPECT_THAT(text, HasSubstr("  99.00% in 0.0102 sec\n"));
  EXPECT_THAT(text, HasSubstr("  99.90% in >= 7.1702 sec\n"));
  EXPECT_THAT(text, HasSubstr("  99.99% in >= 7.4680 sec\n"
                              "  >= at least: it depends on what was in flight at the deadline\n"));
  EXPECT_THAT(text, HasSubstr("Success rate:\t100.00% of what ended; 50 in flight at the "
                              "deadline\n"));
  EXPECT_THAT(text, HasSubstr("Slowest:\t6.7146 sec of what finished; in flight up to 7.4900 "
                              "sec\n"));
  EXPECT_THAT(text, HasSubstr("In flight at the deadline:\n  count:\t50 connections\n"
                              "  oldest:\t7.49 s\n  mean age:\t7.00 s\n  by phase:\tconnect 50\n"));
  EXPECT_THAT(text, HasSubstr("  connect   95.63% |##"));
}

TEST(Text, SaysNothingOfWhatDidNotHappen) {
  auto run = examples::keep_alive();
  run.tally.in_flight.clear();
  run.counters.clear();
  const std::string text = to_text(run, plain);
  for (const char* words :
       {"In flight", "in flight", ">=", "Error distribution", "failed:", "Interrupted", "refused",
        "overdue", "sent again", "of what", "status 400", "Counters", "\x1b", "open at the end"})
    EXPECT_THAT(text, Not(HasSubstr(words))) << words;
}

TEST(Text, NothingAtAllHasNoNumbersMadeUp) {
  const std::string text = to_text(examples::nothing(), plain);
  EXPECT_THAT(text, Not(ContainsRegex("nan|inf[^l]|NaN")));
  EXPECT_THAT(text, HasSubstr("Success rate:\t-\n"));
  EXPECT_THAT(text, HasSubstr("Requests/sec:\t-\n"));
  EXPECT_THAT(text, HasSubstr("Size/request:\t-\n"));
  EXPECT_THAT(text, HasSubstr("  99.99% in -\n"));
  EXPECT_THAT(text, HasSubstr("Response time histogram:\n  -\n"));
  EXPECT_THAT(text, Not(HasSubstr("Over time")));
}

TEST(Text, AllFailedHasNoLatency) {
  const std::string text = to_text(examples::all_failed(), plain);
  EXPECT_THAT(text, HasSubstr("Success rate:\t0.00%\n"));
  EXPECT_THAT(text, HasSubstr("Slowest:\t-\n"));
  EXPECT_THAT(text, HasSubstr("[5003] connect: ECONNREFUSED, connection refused; since 120 us"));
  EXPECT_THAT(text, HasSubstr("Sockets towards the target:\n  none\n"));
}

TEST(Text, AnInterruptionIsTheFirstThingSaid) {
  const std::string text = to_text(examples::interrupted(), plain);
  EXPECT_THAT(text, StartsWith("Interrupted by SIGINT after 3.20 s: "));
  EXPECT_THAT(text, HasSubstr("In flight at the interruption:\n"));
  EXPECT_THAT(text, Not(HasSubstr("deadline")));
}

TEST(Text, NamesTheAddressThatWasUsed) {
  EXPECT_THAT(to_text(examples::interrupted(), plain),
              HasSubstr("Target: http://localhost:3779/ at 127.0.0.1:3779; refused: [::1]:3779\n"));
}

TEST(Text, ColoursOnlyWhereTheyAreWanted) {
  TextStyle style;
  style.colour = true;
  EXPECT_THAT(to_text(examples::keep_alive(), style), HasSubstr("\x1b[32m100.00%\x1b[0m"));
  EXPECT_THAT(to_text(examples::interrupted(), style), HasSubstr("\x1b[33m99.97%\x1b[0m"));
  EXPECT_THAT(to_text(examples::all_failed(), style), HasSubstr("\x1b[31m0.00%\x1b[0m"));
  EXPECT_THAT(to_text(examples::article(), style), HasSubstr("\x1b[33m100.00%\x1b[0m of what"));
  for (const auto& [name, run] : examples::all())
    EXPECT_THAT(to_text(run, plain), Not(HasSubstr("\x1b"))) << name;
}

TEST(Text, IsAsciiUnlessTheStyleSaysOtherwise) {
  for (const auto& [name, run] : examples::all()) {
    const std::string text = to_text(run, plain);
    EXPECT_TRUE(std::all_of(text.begin(), text.end(), [](char c) { return c > 0; })) << name;
  }
  EXPECT_THAT(to_text(examples::keep_alive(), wide), AllOf(HasSubstr("■"), HasSubstr("█")));
}

TEST(Text, FitsItsWidth) {
  for (const auto& [name, run] : examples::all()) {
    for (const int width : {80, 120}) {
      for (const std::string& line : lines(to_text(run, {false, false, width}))) {
        const auto tab = line.find('\t');
        // A tab of these texts ends at column 16.
        const std::size_t columns = tab == std::string::npos ? line.size() : line.size() - tab + 15;
        EXPECT_LE(columns, static_cast<std::size_t>(width)) << name << ": " << line;
      }
    }
  }
}

TEST(Text, ChartTakesTheWidthThereIs) {
  const auto longest = [](const TextStyle& style) {
    std::size_t columns = 0;
    for (const auto& row : section(to_text(examples::keep_alive(), style), "Over time:"))
      columns = std::max(columns, row.size());
    return columns;
  };
  EXPECT_EQ(longest({false, false, 80}), 80u);
  EXPECT_EQ(longest({false, false, 120}), 113u);  // a column for each sample, and no more
}

TEST(Text, ChartShowsWhenTheRequestsEndedAndThePortsWereGone) {
  const auto rows = section(to_text(examples::ports_exhausted(), plain), "Over time:");
  ASSERT_EQ(rows.size(), 11u);
  EXPECT_EQ(rows[0], "  requests/s");
  EXPECT_EQ(rows[1], "     14,940 |########");
  EXPECT_EQ(rows[4], "          0 |########");
  EXPECT_EQ(rows[5], "  client ports in use");
  EXPECT_THAT(rows[6], ContainsRegex("^     16,384 \\|      :+#+$"));
  EXPECT_THAT(rows[10], ContainsRegex("^             0 s +10.0 s$"));
}

TEST(Text, WithoutACensusTheChartHasTheNamespacesTimeWait) {
  const std::string text = to_text(examples::interrupted(), plain);
  EXPECT_THAT(text, HasSubstr("  TIME_WAIT sockets of this network namespace\n"));
  EXPECT_THAT(text, HasSubstr("  not counted: no census was taken\n"));
  EXPECT_THAT(text, Not(HasSubstr("client ports in use\n")));
}

TEST(Text, RefusedResponsesHaveTheirOwnPercentiles) {
  const auto rows =
      section(to_text(examples::refused(), plain), "Response time distribution (not successful):");
  ASSERT_EQ(rows.size(), 9u);
  EXPECT_THAT(rows[8], StartsWith("  99.99% in 0.899"));
}

TEST(Text, ANormalCutAtTheDeadlineIsNoStall) {
  const std::string text = to_text(examples::keep_alive(), plain);
  EXPECT_THAT(text, HasSubstr("In flight at the deadline:\n  count:\t50 connections\n"));
  EXPECT_THAT(text, Not(HasSubstr("of what")));
  EXPECT_THAT(text, HasSubstr("  50.00% in 0.6930 ms\n"));
}

TEST(Text, OnlyRefusedResponsesAreNoStallEither) {
  auto run = examples::refused();
  run.tally.latency.clear();
  run.tally.responses_by_status[200] = 0;
  run.tally.in_flight = {{Phase::wait, 500us}};  // the slowest response took 900 us
  EXPECT_THAT(to_text(run, plain), Not(HasSubstr("of what")));
  run.tally.in_flight = {{Phase::wait, 3s}};
  EXPECT_THAT(to_text(run, plain),
              HasSubstr("Success rate:\t0.00% of what ended; 1 in flight at the deadline\n"));
}

TEST(Text, TimeSaysHowMuchIsAccountedFor) {
  EXPECT_THAT(to_text(examples::keep_alive(), plain),
              HasSubstr("Time: 50 connections x 10.0 s = 500 s, 99.99% of it accounted for\n"));
}

}  // namespace
}  // namespace tws
