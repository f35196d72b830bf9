#include "tws/cli/hammer_options.hpp"

#include "tws/cli/files.hpp"
#include "tws/load/pacer.hpp"
#include "tws/load/target.hpp"
#include "tws/support/errors.hpp"
#include "tws/support/units.hpp"
#include "tws/system/process.hpp"

#include "parse.hpp"
#include "system_name.hpp"
#include "values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ostream>
#include <string_view>

namespace tws {
namespace {

constexpr std::uint64_t most_connections = 1'000'000;
constexpr std::uint64_t most_threads = 1024;
// RFC 9110 5.6.2
constexpr std::string_view token_marks = "!#$%&'*+-.^_`|~";

// As they were typed.
struct Words {
  std::vector<std::string> urls;
  std::string duration, requests, rate;
  std::string connections = "50";
  std::string threads;
  std::string method;
  std::vector<std::string> headers;
  std::optional<std::string> body, body_file;
  std::string timeout = "30s", connect_timeout = "5s";
  bool disable_keepalive = false;
  std::string requests_per_connection;
  std::string close_by = "server";
  std::string ports = "kernel";
  std::vector<std::string> sources;
  std::string port_range;
  std::optional<std::string> server_admin;
  std::string json;
  std::string colour = "auto";
  bool no_census = false, no_progress = false;
  bool strict = false;
  std::string wait_drain;
  std::string census_port, census_watch;
  std::string explain;
  bool lab_list = false;
  std::vector<std::string> scenarios;
  std::string lab_duration;
};

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           token_marks.find(c) != std::string_view::npos;
  });
}

std::pair<std::string, std::string> parse_header(const std::string& text) {
  const auto colon = text.find(':');
  const auto name = text.substr(0, colon);
  auto value = colon == std::string::npos ? "" : text.substr(colon + 1);
  const auto is_control = [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; };
  if (colon == std::string::npos || !is_token(name) ||
      std::any_of(value.begin(), value.end(), is_control))
    refuse("--header", text, "a header, such as 'Accept: text/html'");
  value.erase(0, std::min(value.find_first_not_of(" \t"), value.size()));
  return {name, value};
}

std::string read_body(const std::string& path) {
  std::string body;
  if (const int error = read_file(path, body))
    throw UsageError(fmt::format("--body-file: '{}' can't be read: {}", path, errno_text(error)));
  return body;
}

CloseBy parse_close_by(const std::string& text) {
  for (auto close_by : {CloseBy::server, CloseBy::client, CloseBy::reset})
    if (text == name(close_by)) return close_by;
  refuse("--close-by", text, "one of server, client, reset");
}

PortChoice parse_port_choice(const std::string& text) {
  for (auto choice : {PortChoice::kernel, PortChoice::rotate})
    if (text == name(choice)) return choice;
  refuse("--ports", text, "one of kernel, rotate");
}

Plan to_plan(const Words& words) {
  Plan plan;
  plan.urls = words.urls;
  if (plan.urls.empty()) plan.urls.push_back("http://127.0.0.1:3779/");
  for (const auto& url : plan.urls) load::parse_target(url);

  if (!words.requests.empty()) {
    plan.requests = parse_count(words.requests);
    if (!plan.requests || *plan.requests == 0)
      refuse("--requests", words.requests, "a number of requests, such as 1000 or 10k");
  }
  if (!words.rate.empty()) {
    plan.rate = parse_rate(words.rate);
    if (!plan.rate) refuse("--rate", words.rate, "a number of requests per second up to 1G, such as 1000, 20k or 0.5");
  }
  if (!words.duration.empty()) plan.duration = positive_duration("--duration", words.duration);
  else if (!plan.requests) plan.duration = std::chrono::seconds(10);
  if (plan.rate && plan.duration && load::Pacer(*plan.rate, 0, 1).due(0) >= *plan.duration)
    refuse("--rate", words.rate,
           fmt::format("enough for a single request in {}", format_duration(to_seconds(*plan.duration))));

  const auto connections = parse_count(words.connections);
  if (!connections || *connections == 0 || *connections > most_connections)
    refuse("--connections", words.connections,
           fmt::format("a number from 1 to {}", most_connections));
  plan.connections = static_cast<std::uint32_t>(*connections);
  plan.threads = std::max(1u, usable_cpus());
  if (!words.threads.empty())
    plan.threads =
        static_cast<std::uint32_t>(number_between("--threads", words.threads, 1, most_threads));
  plan.threads = std::min(plan.threads, plan.connections);

  if (words.body) plan.body = *words.body;
  if (words.body_file) plan.body = read_body(*words.body_file);
  plan.method = words.body || words.body_file ? "POST" : "GET";
  if (!words.method.empty()) plan.method = words.method;
  if (!is_token(plan.method)) refuse("--method", plan.method, "a method, such as GET or POST");
  if (plan.method == "CONNECT") refuse("--method", plan.method, "one that hammer can send");
  for (const auto& header : words.headers) plan.headers.push_back(parse_header(header));

  plan.timeout = positive_duration("--timeout", words.timeout);
  plan.connect_timeout = positive_duration("--connect-timeout", words.connect_timeout);

  if (words.disable_keepalive) plan.requests_per_connection = 1;
  if (!words.requests_per_connection.empty())
    plan.requests_per_connection = number_between(
        "--requests-per-connection", words.requests_per_connection, 1, 1'000'000'000);
  plan.close_by = parse_close_by(words.close_by);
  plan.ports = parse_port_choice(words.ports);
  for (const auto& source : words.sources) load::parse_sources(source);
  plan.sources = words.sources;
  if (!words.port_range.empty()) {
    plan.port_range = parse_port_range(words.port_range);
    if (!plan.port_range)
      refuse("--port-range", words.port_range,
             "LOW-HIGH within 1 to 65535, such as 49152-65535");
  }
  plan.census = !words.no_census;
  if (words.server_admin) load::parse_server_admin(*words.server_admin);
  plan.server_admin = words.server_admin;
  return plan;
}

CensusOptions to_census(const Words& words) {
  CensusOptions census;
  if (!words.census_port.empty())
    census.port = static_cast<std::uint16_t>(number_between("--port", words.census_port, 1, 65535));
  if (!words.census_watch.empty()) census.watch = positive_duration("--watch", words.census_watch);
  return census;
}

LabOptions to_lab(const Words& words) {
  LabOptions lab;
  lab.list = words.lab_list;
  if (!words.lab_duration.empty())
    lab.duration = positive_duration("--duration", words.lab_duration);
  for (const auto& name : words.scenarios) {
    const auto* scenario = lab::find_scenario(name);
    if (!scenario) refuse("SCENARIO", name, "one that 'hammer lab --list' names");
    lab.scenarios.push_back(scenario);
  }
  if (lab.scenarios.empty())
    for (const auto& scenario : lab::scenarios()) lab.scenarios.push_back(&scenario);
  return lab;
}

void add_load_options(CLI::App& app, Words& words) {
  app.add_option("url", words.urls,
                 "What to load; several are taken in turn, connection by connection "
                 "[http://127.0.0.1:3779/]")
      ->type_name("URL")
      ->take_all();
  app.add_option("-z,--duration", words.duration, "How long, such as 10s or 2m [10s, none with -n]")
      ->type_name("TIME");
  app.add_option("-n,--requests", words.requests,
                 "Stop after N requests; a failed attempt to connect counts as one")
      ->type_name("N");
  app.add_option("-q,--rate", words.rate,
                 "Requests per second, all connections together; latency then counts from\n"
                 "when a request was due [each begins when the one before it ends]")
      ->type_name("R");
  app.add_option("-c,--connections", words.connections, "Connections at the same time [50]")
      ->type_name("N");
  app.add_option("-t,--threads", words.threads, "Threads [as many as cores]")->type_name("N");
  app.add_option("-m,--method", words.method, "Method [GET, with a body POST]")->type_name("NAME");
  app.add_option("-H,--header", words.headers,
                 "A header, such as 'Accept: text/html'; may be repeated")
      ->type_name("'NAME: VALUE'")
      ->allow_extra_args(false)
      ->take_all();
  auto* body = app.add_option("-d,--body", words.body, "The request's body")->type_name("TEXT");
  app.add_option("-D,--body-file", words.body_file, "The request's body, from a file")
      ->type_name("FILE")
      ->excludes(body);
  app.add_option("--timeout", words.timeout, "Longest wait for a response [30s]")
      ->type_name("TIME");
  app.add_option("--connect-timeout", words.connect_timeout, "Longest wait for a connection [5s]")
      ->type_name("TIME");
  auto* disable = app.add_flag("--disable-keepalive", words.disable_keepalive,
                               "One request per connection");
  app.add_option("--requests-per-connection", words.requests_per_connection,
                 "N requests, then a new connection [as many as the server allows]")
      ->type_name("N")
      ->excludes(disable);
  app.add_option("--close-by", words.close_by,
                 "Who ends a connection that is not kept [server]\n"
                 "server: asked by 'Connection: close'; TIME_WAIT stays on its side\n"
                 "client: hammer, after the response; TIME_WAIT stays on its side\n"
                 "reset: hammer, by RST (SO_LINGER 0); no TIME_WAIT, the server sees ECONNRESET")
      ->type_name("server|client|reset");
  app.add_option("--ports", words.ports,
                 "Who picks source ports [kernel]\n"
                 "kernel: as for every other client; ports in TIME_WAIT are a ceiling\n"
                 "rotate: hammer, in turn; a port in TIME_WAIT is taken over, which TCP time stamps\n"
                 "make safe (RFC 6191): both ends must have them on, and no ceiling is left;\n"
                 "takes the last 1,000 ports, or 8 for each connection, if --port-range is not given")
      ->type_name("kernel|rotate");
  app.add_option("--source", words.sources,
                 "Local addresses, in turn: ADDR[,ADDR...] or a network such as 127.0.1.0/28")
      ->type_name("ADDR")
      ->allow_extra_args(false)
      ->take_all();
  app.add_option("--port-range", words.port_range,
                 "Take source ports from a part of the system's range, for this run only "
                 "(Linux 6.3)")
      ->type_name("LOW-HIGH");
  // A flag, so that the URL behind it isn't taken for its value.
  app.add_flag("--wait-drain{70s}", words.wait_drain,
               "First wait until no port is held in TIME_WAIT towards the targets;\n"
               "--wait-drain=TIME: at most so long [70s]");
  app.add_option("--server-admin", words.server_admin,
                 "Where tws-server --admin listens: how the server sees itself, its sockets, CPU and\n"
                 "files, on whatever machine it is, goes into report and verdict")
      ->type_name("URL");
  app.add_flag("--strict", words.strict, "Exit code 3 if the run did not measure the server");
  app.add_flag("--no-census", words.no_census, "Don't look at sockets while it runs");
  app.add_flag("--no-progress", words.no_progress, "No progress line on a terminal");
}

// All options of a run but those for output, which every subcommand has as well.
void refuse_load_options(const CLI::App& app) {
  for (const auto* subcommand : app.get_subcommands())
    for (const auto* option : app.get_options())
      if (option->count() > 0 && !option->check_name("--json") && !option->check_name("--color"))
        throw UsageError(fmt::format("{} does not go with {}",
                                     option->get_positional() ? "URL" : option->get_name(),
                                     subcommand->get_name()));
}

void add_output_options(CLI::App& app, Words& words) {
  app.add_option("--json", words.json, "Write the result as JSON to a file, - for stdout alone")
      ->type_name("FILE");
  app.add_option("--color", words.colour, "Colours [auto: on a terminal, as NO_COLOR says]")
      ->type_name("auto|always|never");
}

}  // namespace

std::optional<HammerOptions> parse_hammer_options(int argc, const char* const* argv,
                                                  std::ostream& out) {
  CLI::App app(
      "Loads an HTTP server for a fixed time; reports throughput, latency and what the sockets did.",
      "hammer");
  app.set_version_flag("--version", "hammer " TWS_VERSION);
  app.get_formatter()->column_width(36);
  app.require_subcommand(0, 1);
  app.option_defaults()->take_last();  // so that a script's options can be overridden behind them
  Words words;
  add_load_options(app, words);
  add_output_options(app, words);
  auto* census = app.add_subcommand("census", "TCP sockets by side and state, as ss sees them");
  census->add_option("--port", words.census_port,
                     "Only sockets with this port; the end that has it is the server [all]")
      ->type_name("P");
  census->add_option("--watch", words.census_watch, "Again and again, this often")
      ->type_name("TIME");
  add_output_options(*census, words);
  auto* explain = app.add_subcommand("explain", "What limited a saved run (--json FILE)");
  explain->add_option("run", words.explain, "The run's JSON")->type_name("FILE")->required();
  add_output_options(*explain, words);
  auto* limits = app.add_subcommand("limits", "What this machine allows, and what that means");
  add_output_options(*limits, words);
  auto* budget = app.add_subcommand(
      "budget", "How far source ports reach, on paper: a rate, a proxy, a NAT gateway");
  BudgetWords budget_words;
  add_budget_options(*budget, budget_words);
  add_output_options(*budget, words);
  auto* lab = app.add_subcommand(
      "lab", "The ceiling and every way around it, in networks of their own; needs no root");
  lab->footer(
      "Each scenario runs in a network of its own, but for no-root, which comes first and leaves 1,000\n"
      "TIME_WAIT behind for a minute. One scenario alone prints its whole report. Exit codes: 0 all as\n"
      "predicted or skipped, 1 not so, or no network of its own can be had.");
  lab->add_option("scenario", words.scenarios, "Those to run [all]")
      ->type_name("SCENARIO");
  lab->add_flag("--list", words.lab_list, "What each scenario changes and must show");
  lab->add_option("-z,--duration", words.lab_duration, "Of each scenario; longer where that is too short to use the ports up\n"
                   "[10s, 15s for 16,384 ports]")->type_name("TIME");
  lab->add_flag("--no-progress", words.no_progress, "No progress line on a terminal");
  add_output_options(*lab, words);
  app.footer(
      "Example: hammer -z 10s --disable-keepalive --close-by client http://127.0.0.1:3779/\n"
      "The report goes to stdout, progress to stderr. Exit codes: 0 done, 1 could not run (nothing\n"
      "connected, output lost), 2 usage, 3 the run did not measure the server (--strict), 128+n ended\n"
      "by signal n, with the whole report.");
  if (!parse(app, argc, argv, out)) return {};
  refuse_load_options(app);

  const std::array<const CLI::App*, 6> with_json{&app, census, explain, limits, budget, lab};
  for (const auto* one : with_json)
    if (one->get_option("--json")->count() > 0 && words.json.empty())
      refuse("--json", words.json, "a file's path, or - for stdout");
  if (app.get_option("--method")->count() > 0 && words.method.empty())
    refuse("--method", words.method, "a method, such as GET or POST");

  HammerOptions options;
  if (census->parsed()) options.census = to_census(words);
  else if (explain->parsed()) options.explain = words.explain;
  else if (limits->parsed()) options.limits = true;
  else if (budget->parsed()) options.budget = to_budget(budget_words, read_limits(), system_name());
  else if (lab->parsed()) options.lab = to_lab(words);
  else options.plan = to_plan(words);
  options.json = words.json;
  options.progress = !words.no_progress;
  options.strict = words.strict;
  if (!words.wait_drain.empty())
    options.plan.wait_drain = positive_duration("--wait-drain", words.wait_drain);
  const auto colour = parse_colour_option(words.colour);
  if (!colour) refuse("--color", words.colour, "one of auto, always, never");
  options.colour = *colour;
  return options;
}

}  // namespace tws
