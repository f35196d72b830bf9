#include "lab/scenario.hpp"

#include <algorithm>

namespace tws::lab {
namespace {

constexpr std::string_view article_range = "49152 65535";  // macOS's: 16,384 ports
constexpr std::string_view linux_range = "32768 60999";    // 28,232
// Small enough for a fast search: its cost grows with the range and would hide the effects.
constexpr std::string_view small_range = "20000 24095";  // 4,096
constexpr std::string_view tiny_range = "20000 20255";   // 256
constexpr std::string_view four_times = "20000 36383";

// 16,384 ports are used up in 5 to 10 s, because the kernel searches for each port of the second
// half.
constexpr std::chrono::seconds long_enough_to_search{15};

Plan one_request_each(CloseBy close_by) {
  Plan plan;
  plan.requests_per_connection = 1;
  plan.close_by = close_by;
  return plan;
}

Plan with_port_range(Plan plan, PortRange range) {
  plan.port_range = range;
  return plan;
}

Plan with_sources(Plan plan, std::string sources) {
  plan.sources.push_back(std::move(sources));
  return plan;
}

Plan with_own_ports(Plan plan) {
  plan.ports = PortChoice::rotate;
  return plan;
}

Plan with_connections(Plan plan, std::uint32_t connections) {
  plan.connections = connections;
  return plan;
}

Plan with_growing_rate(Plan plan, double highest) {
  plan.profile.stages = {{std::chrono::seconds(1), 0, highest}};
  return plan;
}

std::vector<Scenario> all_tls_scenarios() {
  const Plan full = one_request_each(CloseBy::server);
  Plan resumed = full;
  resumed.tls.resume = 1;
  Scenario scenario;
  scenario.expectation = Expectation::no_ceiling;
  scenario.settings = {{"ip_local_port_range", tiny_range}, {"tcp_tw_reuse", "0"}};
  scenario.tls = true;
  std::vector<Scenario> all(3, scenario);
  all[0].name = "tls-full";
  all[0].shows = "how many full handshakes a second there are";
  all[0].changes = "https, one request per connection, the server closes first";
  all[0].plan = full;
  all[1].name = "tls-resumed";
  all[1].shows = "what resumed sessions save";
  all[1].changes = "the same with --tls-resume on";
  all[1].plan = resumed;
  all[2].name = "tls-kept";
  all[2].shows = "what kept connections save";
  all[2].changes = "https, connections are kept";
  for (Scenario& one : all) one.plan.tls.accepts_any = true;
  return all;
}

std::vector<Scenario> all_scenarios() {
  const Plan client_closes = one_request_each(CloseBy::client);
  const Plan server_closes = one_request_each(CloseBy::server);
  return {
      {.name = "sixteen-thousand",
       .shows = "the article's ceiling: 16,384 connections, then EADDRNOTAVAIL",
       .changes = "ports 49152-65535, no reuse, a sequential server, the client closes first",
       .settings = {{"ip_local_port_range", article_range}, {"tcp_tw_reuse", "0"}},
       .mode = ServerMode::sequential,
       .plan = client_closes,
       .duration = long_enough_to_search},
      {.name = "sixteen-thousand-spawned",
       .shows = "concurrency in the server does not help",
       .changes = "the same, each connection in a coroutine of its own",
       .settings = {{"ip_local_port_range", article_range}, {"tcp_tw_reuse", "0"}},
       .plan = client_closes,
       .duration = long_enough_to_search},
      {.name = "linux-default",
       .shows = "Linux's defaults: no failure, but only half of the ports per reuse delay",
       .changes = "nothing; the client closes first",
       .expectation = Expectation::held_back,
       .plan = client_closes},
      {.name = "linux-no-reuse",
       .shows = "from half of the range on, the search for a free port slows the run down",
       .changes = "no reuse, the client closes first",
       .expectation = Expectation::knee,
       .settings = {{"ip_local_port_range", linux_range}, {"tcp_tw_reuse", "0"}},
       .plan = client_closes},
      {.name = "no-search",
       .shows = "the ceiling itself, in a second",
       .changes = "the same with --port-range 32768-60999 (IP_LOCAL_PORT_RANGE)",
       .settings = {{"ip_local_port_range", linux_range}, {"tcp_tw_reuse", "0"}},
       .plan = with_port_range(client_closes, {32768, 60999})},
      {.name = "server-closes",
       .shows = "TIME_WAIT is on the server's side, and there is no ceiling",
       .changes = "ports 49152-65535, no reuse, the server closes first",
       .expectation = Expectation::no_ceiling,
       .settings = {{"ip_local_port_range", article_range}, {"tcp_tw_reuse", "0"}},
       .plan = server_closes},
      {.name = "server-closes-unframed",
       .shows = "the same with the article's response, which ends with the FIN",
       .changes = "the same, no Content-Length",
       .expectation = Expectation::no_ceiling,
       .settings = {{"ip_local_port_range", article_range}, {"tcp_tw_reuse", "0"}},
       .path = "/unframed",
       .plan = {}},
      {.name = "keep-alive",
       .shows = "the ceiling limits connections, not requests",
       .changes = "ports 49152-65535, no reuse, connections are kept",
       .expectation = Expectation::no_ceiling,
       .settings = {{"ip_local_port_range", article_range}, {"tcp_tw_reuse", "0"}},
       .plan = {}},
      {.name = "reset",
       .shows = "no TIME_WAIT at all; the server sees ECONNRESET instead of an end",
       .changes = "ports 49152-65535, no reuse, the client ends with a RST (SO_LINGER 0)",
       .expectation = Expectation::no_ceiling,
       .settings = {{"ip_local_port_range", article_range}, {"tcp_tw_reuse", "0"}},
       .plan = one_request_each(CloseBy::reset)},
      {.name = "small-range",
       .shows = "a quarter of the ports, a quarter of the connections",
       .changes = "ports 20000-24095, no reuse, the client closes first",
       .settings = {{"ip_local_port_range", small_range}, {"tcp_tw_reuse", "0"}},
       .plan = client_closes},
      {.name = "wide-range",
       .shows = "four times as many",
       .changes = "the same with ports 20000-36383",
       .settings = {{"ip_local_port_range", four_times}, {"tcp_tw_reuse", "0"}},
       .plan = client_closes,
       .duration = long_enough_to_search},
      {.name = "ramp",
       .shows = "the second in which a growing rate ends at the ceiling",
       .changes =
           "ports 20000-24095, no reuse, -q 0..1600: 4,096 connections are due in 6.40 of 8 s",
       .expectation = Expectation::ramp,
       .settings = {{"ip_local_port_range", small_range}, {"tcp_tw_reuse", "0"}},
       .plan = with_growing_rate(client_closes, 1600),
       .duration = std::chrono::seconds(8)},
      {.name = "four-sources",
       .shows = "four times as many",
       .changes = "ports 20000-24095 of 127.0.0.1 to 127.0.0.4",
       .settings = {{"ip_local_port_range", small_range}, {"tcp_tw_reuse", "0"}},
       .plan = with_sources(client_closes, "127.0.0.1,127.0.0.2,127.0.0.3,127.0.0.4")},
      {.name = "four-targets",
       .shows = "four times as many",
       .changes = "ports 20000-24095 towards 127.0.0.1 to 127.0.0.4",
       .settings = {{"ip_local_port_range", small_range}, {"tcp_tw_reuse", "0"}},
       .targets = 4,
       .plan = client_closes},
      {.name = "tw-reuse",
       .shows = "each port once a second",
       .changes = "ports 20000-24095, tcp_tw_reuse 1",
       .expectation = Expectation::sustained,
       .settings = {{"ip_local_port_range", small_range}, {"tcp_tw_reuse", "1"}},
       .plan = with_port_range(client_closes, {20000, 24095})},
      {.name = "tw-reuse-fast",
       .shows = "each port five times a second",
       .changes = "1,000 ports, tcp_tw_reuse 1, tcp_tw_reuse_delay 200 ms, 200 connections",
       .expectation = Expectation::sustained,
       .settings = {{"ip_local_port_range", small_range},
                    {"tcp_tw_reuse", "1"},
                    {"tcp_tw_reuse_delay", "200"}},
       .plan = with_port_range(with_connections(client_closes, 200), {20000, 20999}),
       .since = "6.14"},
      {.name = "rotate",
       .shows = "no ceiling, only because hammer picks the ports",
       .changes = "ports 49152-65535, no reuse, hammer binds its ports itself",
       .expectation = Expectation::no_ceiling,
       .settings = {{"ip_local_port_range", article_range}, {"tcp_tw_reuse", "0"}},
       .plan = with_own_ports(client_closes)},
      {.name = "bucket-overflow",
       .shows = "a full TIME_WAIT table hides the ceiling",
       .changes = "ports 20000-24095, no reuse, tcp_max_tw_buckets 1000",
       .expectation = Expectation::no_ceiling,
       .settings = {{"ip_local_port_range", small_range},
                    {"tcp_tw_reuse", "0"},
                    {"tcp_max_tw_buckets", "1000"}},
       .plan = client_closes},
      {.name = "own-address",
       .shows = "the machine's own address is no loopback: 60 s, whatever tcp_tw_reuse says",
       .changes = "ports 20000-24095, towards 192.0.2.1 of this machine",
       .settings = {{"ip_local_port_range", small_range}},
       .address = "192.0.2.1",
       .plan = client_closes},
      {.name = "no-root",
       .shows = "the ceiling in the machine's own network, without changes to its settings",
       .changes = "--port-range, 1,000 ports, towards 127.0.0.1",
       .expectation = Expectation::sustained,
       .private_network = false,
       .plan = client_closes},
  };
}

}  // namespace

const std::vector<Scenario>& scenarios() {
  static const std::vector<Scenario> all = all_scenarios();
  return all;
}

const std::vector<Scenario>& tls_scenarios() {
  static const std::vector<Scenario> all = all_tls_scenarios();
  return all;
}

const Scenario* find_scenario(std::string_view name) {
  for (const auto* all : {&scenarios(), &tls_scenarios()}) {
    const auto found = std::ranges::find(*all, name, &Scenario::name);
    if (found != all->end()) return &*found;
  }
  return nullptr;
}

}  // namespace tws::lab
