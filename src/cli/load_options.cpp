#include "load_options.hpp"

#include "tws/cli/files.hpp"
#include "tws/load/target.hpp"
#include "tws/measure/pacer.hpp"
#include "tws/support/errors.hpp"
#include "tws/support/units.hpp"
#include "tws/system/process.hpp"
#include "values.hpp"

#include <boost/beast/core/string.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace tws {
namespace {

constexpr std::uint64_t most_connections = 1'000'000;
constexpr std::uint64_t most_threads = 1024;
// RFC 9110 5.6.2
constexpr std::string_view token_marks = "!#$%&'*+-.^_`|~";

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
  // A second framing beside hammer's own, or another one, says where no request ends (RFC
  // 9112 6.2).
  if (boost::beast::iequals(name, "Content-Length") ||
      boost::beast::iequals(name, "Transfer-Encoding"))
    refuse("--header", text,
           "a header to choose, as hammer sends a body with its Content-Length (takes any other, "
           "such as "
           "'Accept: text/html')");
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

}  // namespace

void check_rate(std::string_view option, std::string_view text, const Plan& plan) {
  if (plan.rate && plan.duration && Pacer(*plan.rate, 0, 1).due(0) >= *plan.duration)
    refuse(option, text,
           fmt::format("enough for a single request in {}",
                       format_duration(to_seconds(*plan.duration))));
}

Plan to_plan(const LoadWords& words) {
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
    if (!plan.rate)
      refuse("--rate", words.rate,
             "a number of requests per second up to 1G, such as 1000, 20k or 0.5");
  }
  if (!words.duration.empty())
    plan.duration = positive_duration("--duration", words.duration);
  else if (!plan.requests)
    plan.duration = std::chrono::seconds(10);
  check_rate("--rate", words.rate, plan);

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
    plan.requests_per_connection = number_between("--requests-per-connection",
                                                  words.requests_per_connection, 1, 1'000'000'000);
  plan.close_by = parse_close_by(words.close_by);
  plan.ports = parse_port_choice(words.ports);
  for (const auto& source : words.sources) load::parse_sources(source);
  plan.sources = words.sources;
  if (!words.port_range.empty()) plan.port_range = port_range("--port-range", words.port_range);
  plan.census = !words.no_census;
  if (words.server_admin) load::parse_server_admin(*words.server_admin);
  plan.server_admin = words.server_admin;
  return plan;
}

void add_shape_options(CLI::App& app, LoadWords& words) {
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
  app.add_option("--connect-timeout", words.connect_timeout, "Longest wait for a connection [5s]")
      ->type_name("TIME");
  auto* disable =
      app.add_flag("--disable-keepalive", words.disable_keepalive, "One request per connection");
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
  app.add_option(
         "--ports", words.ports,
         "Who picks source ports [kernel]\n"
         "kernel: as for every other client; ports in TIME_WAIT are a ceiling\n"
         "rotate: hammer, in turn; a port in TIME_WAIT is taken over, which TCP time stamps\n"
         "make safe (RFC 6191): both ends must have them on, and no ceiling is left;\n"
         "takes the last 1,000 ports, or 8 for each connection, if --port-range is not given")
      ->type_name("kernel|rotate");
  app.add_option("--port-range", words.port_range,
                 "Take source ports from a part of the system's range, for this run only "
                 "(Linux 6.3)")
      ->type_name("LOW-HIGH");
}

void add_load_options(CLI::App& app, LoadWords& words) {
  app.add_option("url", words.urls,
                 "What to load; several are taken in turn, connection by connection "
                 "[http://127.0.0.1:3779/]")
      ->type_name("URL")
      ->take_all();
  add_shape_options(app, words);
  app.add_option("--source", words.sources,
                 "Local addresses, in turn: ADDR[,ADDR...] or a network such as 127.0.1.0/28")
      ->type_name("ADDR")
      ->allow_extra_args(false)
      ->take_all();
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
  app.add_option(
         "--server-admin", words.server_admin,
         "Where tws-server --admin listens: how the server sees itself, its sockets, CPU and\n"
         "files, on whatever machine it is, goes into report and verdict")
      ->type_name("URL");
  app.add_flag("--no-census", words.no_census, "Don't look at sockets while it runs");
}

}  // namespace tws
