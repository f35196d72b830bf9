#include "cli/load_options.hpp"

#include "cli/files.hpp"
#include "cli/profile_options.hpp"
#include "http/url.hpp"
#include "load/target.hpp"
#include "measure/pacer.hpp"
#include "report/command_line.hpp"
#include "support/units.hpp"
#include "system/process.hpp"
#include "tws/judge/threshold.hpp"
#include "tws/support/errors.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <utility>

namespace tws {
namespace {

constexpr std::uint64_t most_threads = 1024;
constexpr std::chrono::seconds default_duration{10};
constexpr std::string_view default_url = "http://127.0.0.1:3779/";

// The member of `choices` with this name.
template <typename Choice>
Choice one_of(std::string_view option, std::string_view text,
              std::initializer_list<Choice> choices) {
  std::vector<std::string_view> names;
  for (const Choice choice : choices) {
    if (text == name(choice)) return choice;
    names.push_back(name(choice));
  }
  refuse(option, text, fmt::format("one of {}", fmt::join(names, ", ")));
}

// Duration, requests and rate.
void set_extent(Plan& plan, const LoadWords& words) {
  if (words.requests) {
    plan.requests = parse_count(*words.requests);
    if (!plan.requests || *plan.requests == 0)
      refuse("--requests", *words.requests, "a number of requests, such as 1000 or 10k");
  }
  if (words.rate && !is_span(words.rate)) {
    plan.rate = parse_rate(*words.rate);
    if (!plan.rate)
      refuse("--rate", *words.rate,
             "a number of requests per second up to 1G, such as 1000, 20k or 0.5");
  }
  if (words.duration)
    plan.duration = positive_duration("--duration", *words.duration);
  else if (!plan.requests)
    plan.duration = default_duration;
  set_profile(plan, words);
  check_rate(words.stages ? "--stages" : "--rate",
             (words.stages ? words.stages : words.rate).value_or(""), plan);
}

void set_connections(Plan& plan, const LoadWords& words) {
  if (words.connections && !is_span(words.connections)) {
    const auto connections = parse_count(*words.connections);
    if (!connections || *connections == 0 || *connections > most_connections)
      refuse("--connections", *words.connections,
             fmt::format("a number from 1 to {}", most_connections));
    plan.connections = static_cast<std::uint32_t>(*connections);
  }
  plan.threads = std::max(1u, usable_cpus());
  if (words.threads)
    plan.threads =
        static_cast<std::uint32_t>(number_between("--threads", *words.threads, 1, most_threads));
  plan.threads = std::min(plan.threads, plan.connections);
  if (words.connect_timeout)
    plan.connect_timeout = positive_duration("--connect-timeout", *words.connect_timeout);
  if (words.disable_keepalive) plan.requests_per_connection = 1;
  if (words.requests_per_connection)
    plan.requests_per_connection = number_between("--requests-per-connection",
                                                  *words.requests_per_connection, 1, 1'000'000'000);
  if (words.close_by)
    plan.close_by =
        one_of("--close-by", *words.close_by, {CloseBy::server, CloseBy::client, CloseBy::reset});
  if (words.ports)
    plan.ports = one_of("--ports", *words.ports, {PortChoice::kernel, PortChoice::rotate});
  if (words.port_range) plan.port_range = port_range("--port-range", *words.port_range);
  for (const auto& source : words.sources) load::parse_sources(source);
  plan.sources = words.sources;
}

void set_judgement(Plan& plan, const LoadWords& words) {
  if (words.ok) {
    if (!parse_statuses(*words.ok))
      refuse("--ok", *words.ok, "statuses, such as 2xx,3xx or 200,404 or 200-299");
    plan.ok = *words.ok;
  }
  if (words.timeout) plan.timeout = positive_duration("--timeout", *words.timeout);
}

// "http://a/ http://b/" in quotes: blanks and commas are sent as part of a path, but before a
// scheme they hardly mean that. A query may hold another URL.
bool is_several_urls(std::string_view text) {
  // "127.0.0.1:80 127.0.0.1:81"
  const auto host = text.substr(0, text.find_first_of("/?#"));
  const auto gap = host.find_first_of(" ,;|");
  if (gap != text.npos && host.find(':', gap) != text.npos) return true;
  const auto query = std::min(text.find('?'), text.size());
  for (const std::string_view scheme : {"http://", "https://"})
    for (auto at = text.find(scheme, 1); at != text.npos; at = text.find(scheme, at + 1)) {
      const char before = text[at - 1];
      if (std::string_view(" \t\r\n").find(before) != text.npos) return true;
      if (at < query && std::string_view(",;|").find(before) != text.npos) return true;
    }
  return false;
}

void check_url(const std::string& url) {
  // A port alone is no URL: it would be the address 0.0.31.144.
  if (!url.empty() && url.find_first_not_of("0123456789") == std::string::npos)
    refuse("URL", fmt::format("'{0}' is a number; a port is written 127.0.0.1:{0}", url));
  if (is_several_urls(url))
    refuse("URL", fmt::format("'{}' is more than one URL; write each as a word of its own", url));
}

}  // namespace

void check_rate(std::string_view option, std::string_view text, const Plan& plan) {
  auto pacer = pacer_of(plan, 0, 1);
  if (pacer && plan.duration && pacer->due(0) >= *plan.duration)
    refuse(option, fmt::format("'{}' is too low: no request would be due in {}", text,
                               format_duration(to_seconds(*plan.duration))));
}

void note_without_effect(const Plan& plan) {
  if (plan.close_by == CloseBy::server || plan.requests_per_connection) return;
  print_note(
      fmt::format("--close-by {} has no effect on connections that are kept; to close each "
                  "after its request add --disable-keepalive",
                  name(plan.close_by)));
}

Plan to_plan(const LoadWords& words) {
  std::ranges::for_each(words.urls, check_url);
  Plan plan;
  plan.urls = words.urls;
  if (plan.urls.empty()) plan.urls.emplace_back(default_url);
  for (const auto& url : plan.urls) load::parse_target(url);
  set_asked(plan, words.asked, words.urls);
  set_extent(plan, words);
  set_connections(plan, words);
  set_judgement(plan, words);
  set_arrivals(plan, words);
  set_tls(plan, words.tls);
  plan.census = !words.no_census;
  if (words.reach.proxy && words.urls.empty() && !words.asked.urls_file)
    refuse("--proxy", fmt::format("'{}' is the proxy; the URL of the server is missing",
                                  without_password(*words.reach.proxy)));
  set_reach(plan, words.reach);
  plan.strict_http = words.strict_http;
  if (words.server_admin) load::parse_server_admin(*words.server_admin);
  plan.server_admin = words.server_admin;
  plan.thresholds = words.thresholds;
  thresholds_of(plan);
  return plan;
}

void add_shape_options(CLI::App& app, LoadWords& words) {
  const Plan plan;
  app.add_option("-z,--duration", words.duration,
                 fmt::format("Length of the run, such as 10s or 2m [{}; no limit with -n]",
                             typed(default_duration)))
      ->type_name("TIME");
  app.add_option("-n,--requests", words.requests,
                 "Stop after N requests. A failed attempt to connect counts as one")
      ->type_name("N");
  app.add_option("-q,--rate", words.rate,
                 "Requests per second, all connections together. Latency then counts from the "
                 "moment a request was due. 100..5000 changes evenly over the duration [no limit: "
                 "a connection sends its next request as soon as it has the response]")
      ->type_name("R");
  app.add_option("-c,--connections", words.connections,
                 fmt::format("Connections at the same time [{}]\n"
                             "10..500: a number that changes evenly over the duration",
                             plan.connections))
      ->type_name("N");
  add_profile_options(app, words);
  app.add_option("-t,--threads", words.threads, "Threads [one per core]")->type_name("N");
  app.add_option("--connect-timeout", words.connect_timeout,
                 fmt::format("Longest wait for a connection [{}]", typed(plan.connect_timeout)))
      ->type_name("TIME");
  auto* disable =
      app.add_flag("--disable-keepalive", words.disable_keepalive, "One request per connection");
  app.add_option("--requests-per-connection", words.requests_per_connection,
                 "Open a new connection after N requests [as many as the server allows]")
      ->type_name("N")
      ->excludes(disable);
  app.add_option(
         "--close-by", words.close_by,
         fmt::format("Which side closes a connection that is not kept [{}]\n"
                     "server: hammer sends 'Connection: close'; the server keeps the TIME_WAIT\n"
                     "client: hammer closes after the response and keeps the TIME_WAIT\n"
                     "reset: hammer sends an RST (SO_LINGER 0); there is no TIME_WAIT, and the "
                     "server sees ECONNRESET",
                     name(plan.close_by)))
      ->type_name("server|client|reset");
  app.add_option("--ports", words.ports,
                 fmt::format("Who picks source ports [{}]\n"
                             "kernel: as for any other client; it runs out when all are in "
                             "TIME_WAIT\n"
                             "rotate: hammer, in turn. It reuses ports in TIME_WAIT, which is safe "
                             "with TCP time stamps (RFC 6191); both ends must have them on. "
                             "Without --port-range it uses the last 1,000 ports of the system's "
                             "range, or 8 for each connection if that is more",
                             name(plan.ports)))
      ->type_name("kernel|rotate");
  app.add_option("--port-range", words.port_range,
                 "Use only this part of the system's source ports, in this run (Linux 6.3)")
      ->type_name("LOW-HIGH");
}

void add_load_options(CLI::App& app, LoadWords& words) {
  const Plan plan;
  app.add_option(
         "url", words.urls,
         fmt::format("URL to load. With several, connections use them in turn [{}]", default_url))
      ->type_name("URL")
      ->take_all();
  add_shape_options(app, words);
  add_warm_up_options(app, words);
  app.add_option("--source", words.sources,
                 "Local addresses to connect from, in turn: ADDR[,ADDR...] or a network such as "
                 "127.0.1.0/28; may be repeated")
      ->type_name("ADDR")
      ->allow_extra_args(false)
      ->take_all();
  add_asked_options(app, words.asked);
  app.add_option("--timeout", words.timeout,
                 fmt::format("Longest wait for a response [{}]", typed(plan.timeout)))
      ->type_name("TIME");
  app.add_option("--ok", words.ok,
                 fmt::format("Statuses that are what you ask for, such as 2xx,404. Other responses "
                             "count as refused [{}]",
                             plan.ok))
      ->type_name("STATUSES");
  app.add_flag("--strict-http", words.strict_http,
               "Fail responses with anything that a server must not send, also where it leaves no "
               "doubt where they end: to test a server");
  add_tls_options(app, words.tls);
  add_reach_options(app, words.reach);
  app.add_option("--server-admin", words.server_admin,
                 "Admin listener of a tws-server (its --admin). Report and verdict then include "
                 "the server's own sockets, CPU and open files, also from another machine")
      ->type_name("URL");
  app.add_flag("--no-census", words.no_census, "Don't count or examine sockets during the run");
}

}  // namespace tws
