#include "report/command_line.hpp"

#include "support/units.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>

namespace tws {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

Plan plan() {
  Plan plan;
  plan.urls = {"http://127.0.0.1:3779/"};
  plan.duration = 10s;
  return plan;
}

std::string line(const Plan& plan) {
  return fmt::format("{}", fmt::join(command_line(plan), " "));
}

TEST(CommandLine, OfAPlainPlanHasNothingBesidesItsSize) {
  EXPECT_EQ(line(plan()), "hammer -z 10s -c 50 -t 1 http://127.0.0.1:3779/");
}

TEST(CommandLine, HasWhatIsNotTheDefault) {
  Plan all = plan();
  all.urls = {"http://a/", "http://b/"};
  all.duration = 1500ms;
  all.requests = 10'000;
  all.rate = 1000.5;
  all.connections = 100;
  all.threads = 2;
  all.method = "PUT";
  all.timeout = 500ms;
  all.connect_timeout = 2s;
  all.requests_per_connection = 7;
  all.close_by = CloseBy::reset;
  all.sources = {"127.0.0.1", "127.0.0.2"};
  all.port_range = PortRange{50000, 50999};
  all.wait_drain = 70s;
  all.census = false;
  all.strict_http = true;
  all.server_admin = "http://a:9100/";
  EXPECT_EQ(
      line(all),
      "hammer -z 1.5s -n 10000 -q 1000.5 -c 100 -t 2 -m PUT --timeout 500ms --connect-timeout 2s "
      "--requests-per-connection 7 --close-by reset --source 127.0.0.1,127.0.0.2 "
      "--port-range 50000-50999 --wait-drain=70s --no-census --strict-http "
      "--server-admin http://a:9100/ http://a/ http://b/");
  all = plan();
  all.requests_per_connection = 1;
  all.close_by = CloseBy::client;
  EXPECT_EQ(line(all),
            "hammer -z 10s -c 50 -t 1 --disable-keepalive --close-by client "
            "http://127.0.0.1:3779/");
  all = plan();
  all.duration.reset();
  all.requests = 5;
  EXPECT_EQ(line(all), "hammer -n 5 -c 50 -t 1 http://127.0.0.1:3779/");
}

TEST(CommandLine, HasWhatIsAskedAndByWhichWay) {
  Plan asked = plan();
  asked.urls_file = "urls.txt";
  asked.lines = {{1, "GET", asked.urls[0], {}}};
  asked.body_lines_file = "lines";
  asked.body = "{{line}}";
  asked.method = "POST";
  asked.seed = 7;
  asked.http_version = "1.0";
  asked.redirects = 3;
  asked.proxy = "http://me:secret@p:1/";
  EXPECT_EQ(line(asked),
            "hammer -z 10s -c 50 -t 1 --body-lines lines --http-version 1.0 --redirects 3 --seed 7 "
            "--proxy http://me:...@p:1/ --urls urls.txt");
  asked = plan();
  asked.body_lines_file = "lines";
  asked.body = "<{{line}}>";
  asked.method = "POST";
  asked.unix_socket = "/run/s";
  EXPECT_EQ(line(asked),
            "hammer -z 10s -c 50 -t 1 --body-lines lines -d ... --unix-socket /run/s "
            "http://127.0.0.1:3779/");
}

TEST(CommandLine, KeepsWhatMayBeSecretOrLongToItself) {
  Plan secret = plan();
  secret.method = "POST";
  secret.headers = {{"Authorization", "Bearer abc"}};
  secret.body = "password=abc";
  EXPECT_EQ(line(secret),
            "hammer -z 10s -c 50 -t 1 -H 'Authorization: ...' -d ... http://127.0.0.1:3779/");
}

TEST(CommandLine, IsQuotedForAShellWhereNeeded) {
  Plan odd = plan();
  odd.urls = {"http://[::1]:80/", "http://a/?x=1&y=it's"};
  EXPECT_EQ(line(odd), "hammer -z 10s -c 50 -t 1 'http://[::1]:80/' 'http://a/?x=1&y=it'\\''s'");
}

TEST(CommandLine, DurationsComeBackAsTheyWere) {
  for (const std::chrono::nanoseconds time :
       {1ns, 250'000ns, 1'500'000ns, 999'999'999ns, 90'000'000'000ns}) {
    Plan timed = plan();
    timed.duration = time;
    const auto word = command_line(timed)[1];
    EXPECT_EQ(parse_duration(word.substr(3)), time) << word;
  }
}

TEST(CommandLine, ALoadThatChangesOverTime) {
  Plan ramp = plan();
  ramp.duration = std::chrono::seconds(10);
  ramp.profile.stages = {{std::chrono::seconds(10), 0.5, 5000}};
  ramp.warm_up = std::chrono::seconds(2);
  EXPECT_THAT(line(ramp), HasSubstr("-z 10s"));
  EXPECT_THAT(line(ramp), HasSubstr("-q 0.5..5000"));
  EXPECT_THAT(line(ramp), HasSubstr("--warm-up 2s"));
  ramp.profile.varied = Varied::connections;
  ramp.profile.stages[0].from = 1;
  EXPECT_THAT(line(ramp), HasSubstr("-c 1..5000"));
  ramp.profile.stages = {{std::chrono::seconds(10), 1, 10}, {std::chrono::seconds(5), 3, 3}};
  EXPECT_THAT(line(ramp), HasSubstr("--stages 10s:10c,0s:3c,5s:3c"));
  EXPECT_THAT(line(ramp), Not(HasSubstr("-z 10s")));
  ramp.profile = {Varied::rate, {{std::chrono::seconds(1), 7, 10}}};
  ramp.profile.stages.push_back({std::chrono::seconds(2), 10, 0});
  ramp.arrivals = Arrivals::poisson;
  EXPECT_THAT(line(ramp), HasSubstr("--stages 0s:7,1s:10,2s:0"));
  ramp.seed = 7;
  EXPECT_THAT(line(ramp), HasSubstr("--jitter poisson"));
  EXPECT_THAT(line(ramp), HasSubstr("--seed 7"));
}

TEST(CommandLine, RatesComeBackAsTheyWere) {
  for (const double rate : {0.00001, 0.5, 1000.0, 1234.5678, 1e9}) {
    Plan paced = plan();
    paced.rate = rate;
    EXPECT_EQ(parse_rate(command_line(paced)[2].substr(3)), rate) << command_line(paced)[2];
  }
}

}  // namespace
}  // namespace tws
