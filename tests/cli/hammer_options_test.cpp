#include "cli/parsed_words.hpp"
#include "report/command_line.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace tws {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

template <typename T>
T command(Words words) {
  return std::get<T>(parse(std::move(words)).command);
}

Plan plan(Words words) {
  return command<LoadCommand>(std::move(words)).plan;
}

std::string help(Words words) {
  std::ostringstream out;
  EXPECT_FALSE(parse(std::move(words), out));
  return out.str();
}

TEST(HammerOptions, HaveThePlansDefaults) {
  const HammerOptions options = parse({});
  const auto& load = std::get<LoadCommand>(options.command);
  EXPECT_TRUE(load.progress);
  EXPECT_FALSE(load.strict);
  EXPECT_EQ(options.invocation.output.json, std::nullopt);
  EXPECT_EQ(options.invocation.output.colour, ColourOption::automatic);
  EXPECT_EQ(options.invocation.typed, "hammer");

  const Plan by_default;
  EXPECT_THAT(load.plan.urls, ElementsAre("http://127.0.0.1:3779/"));
  EXPECT_EQ(load.plan.duration, 10s);
  EXPECT_GE(load.plan.threads, 1U);
  EXPECT_EQ(load.plan.requests, std::nullopt);
  EXPECT_EQ(load.plan.rate, std::nullopt);
  EXPECT_EQ(load.plan.connections, by_default.connections);
  EXPECT_EQ(load.plan.method, by_default.method);
  EXPECT_EQ(load.plan.timeout, by_default.timeout);
  EXPECT_EQ(load.plan.connect_timeout, by_default.connect_timeout);
  EXPECT_EQ(load.plan.requests_per_connection, std::nullopt);
  EXPECT_EQ(load.plan.close_by, by_default.close_by);
  EXPECT_EQ(load.plan.ports, by_default.ports);
  EXPECT_EQ(load.plan.port_range, std::nullopt);
  EXPECT_EQ(load.plan.wait_drain, std::nullopt);
  EXPECT_EQ(load.plan.server_admin, std::nullopt);
  EXPECT_TRUE(load.plan.census);
}

TEST(HammerOptions, HelpPrintsTheDefaultsOfThePlan) {
  const std::string text = help({"--help"});
  const Plan plan;
  EXPECT_THAT(text, HasSubstr(fmt::format("Connections at the same time [{}]", plan.connections)));
  EXPECT_THAT(text, HasSubstr(fmt::format("Longest wait for a response [{}s]",
                                          plan.timeout / std::chrono::seconds(1))));
  EXPECT_THAT(text, HasSubstr(fmt::format("Longest wait for a connection [{}s]",
                                          plan.connect_timeout / std::chrono::seconds(1))));
}

TEST(HammerOptions, OfThresholdsAndFormatsAreAllTaken) {
  const auto options =
      parse({"--threshold", "p99 < 1s", "--threshold", "errors < 1%", "--out", "junit=a=b.xml",
             "--out", "csv=-", "--name", "front", "--metrics", "[::1]:0", "http://a/"});
  const auto& load = std::get<LoadCommand>(options.command);
  EXPECT_THAT(load.plan.thresholds, ElementsAre("p99 < 1s", "errors < 1%"));
  EXPECT_EQ(load.metrics, tcp::endpoint(asio::ip::address_v6::loopback(), 0));
  const auto& output = options.invocation.output;
  ASSERT_EQ(output.out.size(), 2u);
  EXPECT_EQ(output.out[0].format->name, "junit");
  EXPECT_EQ(output.out[0].path, "a=b.xml");
  EXPECT_EQ(output.out[1].path, "-");
  EXPECT_EQ(output.name, "front");
}

// -o FILE and --output-format: what goes to stdout, or to FILE in its place.
TEST(HammerOptions, OfTheOutputAreThoseOfOha) {
  const auto output = [](Words words) { return parse(std::move(words)).invocation.output; };
  EXPECT_EQ(output({}).text, "-");
  EXPECT_EQ(output({"--output-format", "text"}).text, "-");
  EXPECT_EQ(output({"-o", "a.txt"}).text, "a.txt");
  EXPECT_EQ(output({"--output-format", "quiet"}).text, "");
  EXPECT_EQ(output({"--output-format", "json"}).json, "-");

  const auto json = output({"-o", "a.json", "--output-format", "json", "--json", "b.json"});
  EXPECT_EQ(json.text, "");
  EXPECT_EQ(json.json, "b.json");
  ASSERT_EQ(json.out.size(), 1u);
  EXPECT_EQ(json.out[0].format->name, "json");
  EXPECT_EQ(json.out[0].path, "a.json");
  EXPECT_EQ(json.out[0].option, "--output");

  const auto csv = output({"--output-format", "csv", "report", "a"});
  EXPECT_EQ(csv.text, "");
  ASSERT_EQ(csv.out.size(), 1u);
  EXPECT_EQ(csv.out[0].path, "-");
  EXPECT_EQ(csv.out[0].option, "--output-format");
}

TEST(HammerOptions, OfSavedRunsHaveThresholdsAndFormats) {
  const auto report =
      parse({"report", "a.json", "b.json", "--threshold", "p99 < 1s", "--out", "csv=c"});
  const auto& command = std::get<ReportCommand>(report.command);
  EXPECT_THAT(command.paths, ElementsAre("a.json", "b.json"));
  EXPECT_THAT(command.thresholds, ElementsAre("p99 < 1s"));
  EXPECT_EQ(report.invocation.output.out.size(), 1u);
  EXPECT_THAT(std::get<ExplainCommand>(parse({"explain", "a", "--threshold", "max < 1s"}).command)
                  .thresholds,
              ElementsAre("max < 1s"));
  // Before the word, too.
  EXPECT_EQ(parse({"--out", "csv=c", "report", "a"}).invocation.output.out.size(), 1u);
}

TEST(HammerOptions, OfARunAreAllTaken) {
  const auto load =
      command<LoadCommand>({"-z",           "1.5m",        "-n",           "10k",
                            "-q",           "0.5",         "-c",           "7",
                            "-t",           "3",           "-m",           "PUT",
                            "-H",           "Accept: a/b", "-H",           "X-Empty:",
                            "-d",           "body",        "--timeout",    "2s",
                            "--close-by",   "reset",       "--ports",      "rotate",
                            "--port-range", "50000-50999", "--source",     "127.0.0.1",
                            "--source",     "127.0.0.2",   "--wait-drain", "--server-admin",
                            "127.0.0.1:91", "--no-census", "--strict",     "--no-progress"});
  EXPECT_TRUE(load.strict);
  EXPECT_FALSE(load.progress);
  const Plan& plan = load.plan;
  EXPECT_EQ(plan.duration, 90s);
  EXPECT_EQ(plan.requests, 10'000U);
  EXPECT_EQ(plan.rate, 0.5);
  EXPECT_EQ(plan.connections, 7U);
  EXPECT_EQ(plan.threads, 3U);
  EXPECT_EQ(plan.method, "PUT");
  EXPECT_THAT(plan.headers, ElementsAre(std::pair("Accept", "a/b"), std::pair("X-Empty", "")));
  EXPECT_EQ(plan.body, "body");
  EXPECT_EQ(plan.timeout, 2s);
  EXPECT_EQ(plan.close_by, CloseBy::reset);
  EXPECT_EQ(plan.ports, PortChoice::rotate);
  EXPECT_EQ(plan.port_range, (PortRange{50000, 50999}));
  EXPECT_THAT(plan.sources, ElementsAre("127.0.0.1", "127.0.0.2"));
  EXPECT_EQ(plan.wait_drain, 70s);
  EXPECT_EQ(plan.server_admin, "127.0.0.1:91");
  EXPECT_FALSE(plan.census);
}

TEST(HammerOptions, OfTlsAreTakenAndPrintedAgain) {
  const Words typed{"--cacert",     "ca.pem", "--cert",          "c.pem",
                    "--key",        "c.key",  "--key-pass-file", "pass",
                    "--sni",        "a.b",    "--tls",           "1.2..1.3",
                    "--ciphers",    "HIGH",   "--tls13-ciphers", "TLS_AES_128_GCM_SHA256",
                    "--groups",     "X25519", "--tls-resume",    "0.8",
                    "--connect-to", "::a:1",  "--connect-to",    "b:443::2",
                    "-c",           "5",      "https://a/"};
  const Plan made = plan(typed);
  EXPECT_EQ(made.tls.authorities, "ca.pem");
  EXPECT_EQ(made.tls.certificate, "c.pem");
  EXPECT_EQ(made.tls.key, "c.key");
  EXPECT_EQ(made.tls.key_password_file, "pass");
  EXPECT_EQ(made.tls.server_name, "a.b");
  EXPECT_EQ(made.tls.versions, "1.2..1.3");
  EXPECT_EQ(made.tls.ciphers, "HIGH");
  EXPECT_EQ(made.tls.groups, "X25519");
  EXPECT_EQ(made.tls.resume, 0.8);
  EXPECT_THAT(made.connect_to, ElementsAre("::a:1", "b:443::2"));
  for (const Plan& one : {made, plan({"-k", "--tls-resume", "on", "https://a/"})}) {
    std::vector<std::string> words;
    for (const auto& word : command_line(one)) {
      const auto space = word.find(' ');
      words.push_back(word.substr(0, space));
      if (space != word.npos) words.push_back(word.substr(space + 1));
    }
    Words again;
    for (std::size_t i = 1; i < words.size(); ++i) again.push_back(words[i].c_str());
    EXPECT_TRUE(plan(again) == one);
  }
  EXPECT_EQ(plan({"-k", "--tls-resume", "on", "https://a/"}).tls.resume, 1);
  EXPECT_EQ(plan({"--tls-resume", "off", "https://a/"}).tls.resume, 0);
  EXPECT_TRUE(plan({"https://a/"}).tls == TlsPlan());
}

TEST(HammerOptions, OfWhatIsAskedAndByWhichWay) {
  const auto one = plan(
      {"--seed", "7", "--http-version", "1.0", "--redirects", "3", "--proxy", "p:1", "http://a/"});
  EXPECT_EQ(one.seed, 7u);
  EXPECT_EQ(one.http_version, "1.0");
  EXPECT_EQ(one.redirects, 3u);
  EXPECT_EQ(one.proxy, "p:1");
  EXPECT_TRUE(one.census);
  const auto other = plan({"--unix-socket", "/run/s", "http://a/"});
  EXPECT_EQ(other.unix_socket, "/run/s");
  EXPECT_FALSE(other.census);
  EXPECT_EQ(plan({"-d", "{{seq}}", "http://a/{{uuid}}"}).urls.front(), "http://a/{{uuid}}");
}

TEST(HammerOptions, DefaultsThatDependOnOtherOptions) {
  EXPECT_EQ(plan({"-n", "1"}).duration, std::nullopt);
  EXPECT_EQ(plan({"-d", ""}).method, "POST");
  EXPECT_EQ(plan({"-d", "x", "-m", "PUT"}).method, "PUT");
  EXPECT_EQ(plan({"-c", "2", "-t", "9"}).threads, 2U);
  EXPECT_TRUE(plan({"--strict-http"}).strict_http);
  EXPECT_FALSE(plan({}).strict_http);
  EXPECT_EQ(plan({"--disable-keepalive"}).requests_per_connection, 1U);
  EXPECT_EQ(plan({"--requests-per-connection", "9"}).requests_per_connection, 9U);
}

TEST(HammerOptions, AFlagWithATimeTakesNoUrlForIt) {
  EXPECT_EQ(plan({"--wait-drain=5s"}).wait_drain, 5s);
  EXPECT_THAT(plan({"--wait-drain", "127.0.0.1:1"}).urls, ElementsAre("127.0.0.1:1"));
}

TEST(HammerOptions, TheLastOfSeveralCounts) {
  EXPECT_EQ(plan({"-c", "1", "-c", "2"}).connections, 2U);
  EXPECT_THAT(plan({"127.0.0.1:1", "127.0.0.1:2"}).urls, ElementsAre("127.0.0.1:1", "127.0.0.1:2"));
}

TEST(HammerOptions, ForOutputMayStandBeforeASubcommandAndBehindIt) {
  for (const Words& words : {Words{"--json", "a", "--color", "never", "limits"},
                             Words{"limits", "--json", "a", "--color", "never"},
                             Words{"--json", "a", "--color", "never"}}) {
    const OutputOptions output = parse(words).invocation.output;
    EXPECT_EQ(output.json, "a");
    EXPECT_EQ(output.colour, ColourOption::never);
  }
}

TEST(HammerOptions, OfSubcommandsAreTaken) {
  EXPECT_TRUE(std::holds_alternative<LimitsCommand>(parse({"limits"}).command));
  EXPECT_EQ(command<ExplainCommand>({"explain", "run.json"}).path, "run.json");

  const auto all = command<CensusCommand>({"census"});
  EXPECT_EQ(all.port, std::nullopt);
  EXPECT_EQ(all.watch, std::nullopt);
  const auto census = command<CensusCommand>({"census", "--port", "80", "--watch", "100ms"});
  EXPECT_EQ(census.port, 80);
  EXPECT_EQ(census.watch, 100ms);

  EXPECT_EQ(command<LabCommand>({"lab"}).scenarios.size(), lab::scenarios().size());
  const auto lab = command<LabCommand>({"lab", "reset", "no-root", "-z", "1s", "--no-progress"});
  ASSERT_EQ(lab.scenarios.size(), 2U);
  EXPECT_EQ(lab.scenarios[0]->name, "reset");
  EXPECT_EQ(lab.scenarios[1]->name, "no-root");
  EXPECT_EQ(lab.duration, 1s);
  EXPECT_FALSE(lab.progress);
  EXPECT_TRUE(command<LabCommand>({"lab", "--list"}).list);
}

TEST(HammerOptions, OfBudgetAreTaken) {
  const auto budget = command<BudgetCommand>(
      {"budget", "--os",       "linux", "--port-count",  "1000", "--sources", "2", "--targets",
       "3",      "--hold",     "30s",   "--life",        "1s",   "--held",    "4", "--rate",
       "5k",     "--duration", "1m",    "--search-cost", "10ns"});
  EXPECT_EQ(budget.demand.ports, 1000U);
  EXPECT_EQ(budget.demand.sources, 2U);
  EXPECT_EQ(budget.demand.targets, 3U);
  EXPECT_EQ(budget.demand.hold_seconds, 30);
  EXPECT_EQ(budget.demand.life_seconds, 1);
  EXPECT_EQ(budget.demand.held, 4U);
  EXPECT_EQ(budget.demand.rate, 5000);
  EXPECT_EQ(budget.demand.duration_seconds, 60);
  EXPECT_DOUBLE_EQ(budget.search_cost.value(), 1e-8);
  const auto range = command<BudgetCommand>({"budget", "--port-range", "1001-2000"});
  EXPECT_EQ(range.demand.ports, 1000U);
  EXPECT_FALSE(range.demand.kernel_search);
  EXPECT_EQ(command<BudgetCommand>({"budget", "--conntrack"}).demand.ports, conntrack_entries);
  EXPECT_EQ(command<BudgetCommand>({"budget", "--conntrack=9"}).demand.ports, 9U);
  // Their old names.
  EXPECT_EQ(command<BudgetCommand>({"budget", "--system", "macos", "--ports", "5"}).demand.ports,
            5U);
}

TEST(HammerOptions, OfSimulateAreTaken) {
  const auto by_default = command<SimulateCommand>({"simulate"});
  EXPECT_EQ(by_default.simulation.system.name, "linux");
  EXPECT_EQ(by_default.simulation.plan.threads, 1U);
  EXPECT_THAT(by_default.simulation.plan.urls, ElementsAre());
  EXPECT_EQ(by_default.simulation.costs, Costs{});
  EXPECT_TRUE(by_default.simulation.on_loopback);
  EXPECT_EQ(by_default.repeat, 1U);
  EXPECT_EQ(by_default.check, "tws-server --mode spawn & hammer -z 10s -c 50 -t 1");

  const auto simulate = command<SimulateCommand>({"simulate",
                                                  "--os",
                                                  "macos-12",
                                                  "-z",
                                                  "3s",
                                                  "--rate-per-connection",
                                                  "2",
                                                  "-c",
                                                  "10",
                                                  "--mode",
                                                  "sequential",
                                                  "--sources",
                                                  "2",
                                                  "--targets",
                                                  "3",
                                                  "--network",
                                                  "--time-wait",
                                                  "15s",
                                                  "--connection-cost",
                                                  "1us",
                                                  "--request-cost",
                                                  "2us",
                                                  "--search-cost",
                                                  "3ns",
                                                  "--delay",
                                                  "4ms",
                                                  "--rtt",
                                                  "5ms",
                                                  "--seed",
                                                  "6",
                                                  "--repeat",
                                                  "7",
                                                  "--again-after",
                                                  "8s",
                                                  "--port-range",
                                                  "50000-50099"});
  const Simulation& simulation = simulate.simulation;
  EXPECT_EQ(simulation.system.name, "macos-12");
  EXPECT_EQ(simulation.system.ports, (PortRange{50000, 50099}));
  EXPECT_EQ(simulation.system.time_wait, 15s);
  EXPECT_EQ(simulation.system.search_cost, 3ns);
  EXPECT_EQ(simulation.plan.duration, 3s);
  EXPECT_EQ(simulation.plan.rate, 20);
  EXPECT_TRUE(simulation.sequential);
  EXPECT_EQ(simulation.sources, 2U);
  EXPECT_EQ(simulation.targets, 3U);
  EXPECT_FALSE(simulation.on_loopback);
  EXPECT_EQ(simulation.costs, (Costs{1us, 2us}));
  EXPECT_EQ(simulation.delay, 4ms);
  EXPECT_EQ(simulation.round_trip, 5ms);
  EXPECT_EQ(simulation.seed, 6U);
  EXPECT_EQ(simulation.again_after, 8s);
  EXPECT_EQ(simulate.repeat, 7U);
  EXPECT_EQ(simulate.check, "");
}

TEST(HammerOptions, OfSearchAreTaken) {
  const auto usual = command<SearchCommand>({"search", "--slo", "p99 < 50ms", "http://a/"});
  EXPECT_EQ(usual.search.from, 100);
  EXPECT_EQ(usual.search.to, 1e9);
  EXPECT_EQ(usual.search.precision, 0.02);
  EXPECT_EQ(usual.search.trial, 3);
  EXPECT_EQ(usual.search.hold, 30);
  EXPECT_EQ(usual.longest, 5min);
  EXPECT_THAT(usual.load.thresholds, ElementsAre("p99 < 50ms"));
  EXPECT_FALSE(usual.keeps_connections);
  EXPECT_EQ(usual.load.wait_drain, std::nullopt);

  const auto search = command<SearchCommand>(
      {"search",     "--slo",  "p99 < 2s", "--slo",      "errors < 1%",
       "--from",     "1k",     "--to",     "5k",         "--precision",
       "5%",         "--hold", "10s",      "--max-time", "1h",
       "-z",         "10s",    "-c",       "7",          "--disable-keepalive",
       "--close-by", "client", "http://a/"});
  EXPECT_EQ(search.search.from, 1000);
  EXPECT_EQ(search.search.to, 5000);
  EXPECT_EQ(search.search.precision, 0.05);
  EXPECT_EQ(search.search.trial, 10);
  EXPECT_EQ(search.search.hold, 10);
  EXPECT_EQ(search.longest, 1h);
  EXPECT_EQ(search.load.thresholds.size(), 2U);
  EXPECT_TRUE(search.keeps_connections);
  EXPECT_EQ(search.load.wait_drain, 70s);
}

TEST(HammerOptions, ATrialOfASearchHasAllItsRequestsAndTimeForTheLast) {
  const auto search = command<SearchCommand>({"search", "--slo", "p99 < 2s", "http://a/"});
  const auto plan = trial_plan(search, {500, 3, false}, 0.01);
  EXPECT_EQ(plan.rate, 500);
  EXPECT_EQ(plan.requests, 1500U);
  EXPECT_EQ(plan.duration, 5s);
  EXPECT_EQ(plan.connections, 50U);
  // Twice as many connections as are busy.
  EXPECT_EQ(trial_plan(search, {500, 3, false}, 0.2).connections, 200U);
  const auto fixed =
      command<SearchCommand>({"search", "--slo", "p99 < 2s", "-c", "50", "http://a/"});
  EXPECT_EQ(trial_plan(fixed, {500, 3, false}, 0.2).connections, 50U);
}

TEST(HammerOptions, OfALoadThatChangesOverTime) {
  const Plan ramp = plan(
      {"-z", "5s", "-q", "100..5000", "--jitter", "uniform", "--seed", "9", "--warm-up", "2s"});
  EXPECT_EQ(ramp.rate, std::nullopt);
  EXPECT_TRUE(ramp.is_paced());
  EXPECT_THAT(ramp.profile.stages, ElementsAre(Stage{5s, 100, 5000}));
  EXPECT_EQ(ramp.arrivals, Arrivals::uniform);
  EXPECT_EQ(ramp.seed, 9U);
  EXPECT_EQ(ramp.warm_up, 2s);
  const Plan growing = plan({"-c", "10..500"});
  EXPECT_FALSE(growing.is_paced());
  EXPECT_EQ(growing.connections, 500U);
  EXPECT_THAT(growing.profile.stages, ElementsAre(Stage{10s, 10, 500}));
  const Plan staged = plan({"--stages", "1s:5c,2s:7c", "-t", "9"});
  EXPECT_EQ(staged.duration, 3s);
  EXPECT_EQ(staged.connections, 7U);
  EXPECT_EQ(staged.threads, 7U);
}

TEST(HammerOptions, WhatWasTypedIsQuotedForAShell) {
  EXPECT_EQ(parse({"-H", "A: b"}).invocation.typed, "hammer -H 'A: b'");
}

TEST(HammerOptions, HelpFitsIntoEightyColumnsAndEachSubcommandHasItsOwn) {
  for (const char* name :
       {"", "census", "explain", "limits", "budget", "lab", "simulate", "search"}) {
    const std::string text = *name ? help({name, "--help"}) : help({"--help"});
    EXPECT_THAT(text, HasSubstr("--json FILE"));
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80U) << line;
    EXPECT_EQ(text.find("--disable-keepalive --close-by") == text.npos, *name != '\0') << name;
  }
  EXPECT_THAT(help({"--help"}), HasSubstr("--wait-drain[=TIME]"));
  EXPECT_EQ(help({"--version"}), "hammer " TWS_VERSION "\n");
}

}  // namespace
}  // namespace tws
