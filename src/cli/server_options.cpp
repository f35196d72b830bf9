#include "tws/cli/server_options.hpp"

#include "parse.hpp"
#include "server_limits.hpp"
#include "tws/support/errors.hpp"
#include "tws/support/units.hpp"
#include "values.hpp"

#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>

#include <ostream>
#include <string>
#include <string_view>

namespace tws {

namespace {

constexpr std::string_view endpoint_form = "ADDR:PORT, such as 127.0.0.1:3779 or [::1]:0";
constexpr unsigned max_threads = 1024;
constexpr std::uint64_t max_body_size = std::uint64_t{1} << 40;

std::optional<tcp::endpoint> parse_endpoint(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == text.npos) return {};
  const auto port = parse_number(text.substr(colon + 1), 65535);
  std::string address(text.substr(0, colon));
  const bool bracketed = address.size() > 2 && address.front() == '[' && address.back() == ']';
  error_code ec;
  asio::ip::address parsed;
  if (bracketed)
    parsed = asio::ip::make_address_v6(address.substr(1, address.size() - 2), ec);
  else
    parsed = asio::ip::make_address_v4(address, ec);
  if (!port || ec) return {};
  return tcp::endpoint(parsed, static_cast<asio::ip::port_type>(*port));
}

std::optional<std::chrono::nanoseconds> parse_milliseconds(std::string_view text) {
  const bool bare = text.find_first_not_of("0123456789.") == text.npos;
  return parse_duration(std::string(text) + (bare ? "ms" : ""));
}

// `first` for its name, `second` for its name.
template <typename T>
T either(std::string_view option, std::string_view value, std::pair<std::string_view, T> first,
         std::pair<std::string_view, T> second) {
  if (value == first.first) return first.second;
  if (value == second.first) return second.second;
  refuse(option, value, fmt::format("one of {}, {}", first.first, second.first));
}

// As they were typed.
struct Words {
  std::vector<std::string> listen;
  std::optional<std::string> admin;
  std::string mode = "spawn";
  std::optional<std::string> keep_alive;
  std::string close_by = "server";
  std::string threads = "1";
  std::optional<std::string> body;
  std::optional<std::string> body_size;
  std::string delay = "0";
  std::string drain = "5s";
  LimitWords limits;
};

ServerOptions to_options(const Words& words) {
  ServerOptions options;
  if (!words.listen.empty()) options.listen.clear();
  for (const std::string& text : words.listen) {
    const auto endpoint = parse_endpoint(text);
    if (!endpoint) refuse("--listen", text, endpoint_form);
    options.listen.push_back(*endpoint);
  }
  if (words.admin) {
    options.admin = parse_endpoint(*words.admin);
    if (!options.admin) refuse("--admin", *words.admin, endpoint_form);
  }
  options.mode = either<ServerMode>("--mode", words.mode, {"sequential", ServerMode::sequential},
                                    {"spawn", ServerMode::spawn});
  if (options.mode == ServerMode::sequential && options.listen.size() > 1)
    throw UsageError(
        fmt::format("--listen: '{}' is one too many: --mode sequential takes one "
                    "connection at a time, from one address",
                    words.listen[1]));
  options.keep_alive = options.mode == ServerMode::spawn;
  if (words.keep_alive)
    options.keep_alive =
        either<bool>("--keep-alive", *words.keep_alive, {"on", true}, {"off", false});
  options.close_by =
      either<ServerCloseBy>("--close-by", words.close_by, {"server", ServerCloseBy::server},
                            {"client", ServerCloseBy::client});
  options.threads =
      static_cast<unsigned>(number_between("--threads", words.threads, 1, max_threads));
  if (words.body) options.body = *words.body;
  if (words.body_size) {
    options.body_size = parse_size(*words.body_size);
    if (!options.body_size || *options.body_size > max_body_size)
      refuse("--body-size", *words.body_size, "a size, such as 512, 64k or 1M, at most 1T");
  }
  const auto delay = parse_milliseconds(words.delay);
  if (!delay)
    refuse("--delay", words.delay, "a number of milliseconds, or a duration such as 20ms or 1.5s");
  options.delay = *delay;
  options.drain = duration("--drain", words.drain);
  const bool one_at_a_time = options.mode == ServerMode::sequential;
  options.limits = to_limits(words.limits, one_at_a_time ? 1 : options.threads);
  return options;
}

}  // namespace

std::optional<ServerOptions> parse_server_options(int argc, const char* const* argv,
                                                  std::ostream& out) {
  CLI::App app("An HTTP server for trying out load generators.", "tws-server");
  app.set_version_flag("--version", "tws-server " TWS_VERSION);
  app.option_defaults()->take_last();
  Words words;
  app.add_option("--listen", words.listen,
                 "Address and port, port 0 for a free one; may be repeated [127.0.0.1:3779]")
      ->type_name("ADDR:PORT")
      ->expected(1)
      ->take_all();
  app.add_option(
         "--admin", words.admin,
         "A listener of its own for /healthz, /metrics (OpenMetrics) and /census (JSON, which\n"
         "hammer --server-admin reads); whoever can connect to it may read them; 1,000\n"
         "connections at a time, each of its time-outs is 5 s [none]")
      ->type_name("ADDR:PORT");
  app.add_option("--mode", words.mode,
                 "sequential: finish a connection before the next one is accepted;\n"
                 "spawn: all of them at once [spawn]")
      ->type_name("sequential|spawn");
  app.add_option("--keep-alive", words.keep_alive,
                 "Whether a connection may have more than one request [spawn: on, sequential: off]")
      ->type_name("on|off");
  app.add_option("--close-by", words.close_by,
                 "Who closes after a last response, and keeps the TIME_WAIT; client: wait 1 s for "
                 "its FIN [server]")
      ->type_name("server|client");
  app.add_option("--threads", words.threads,
                 "Threads, each with its own listening socket (SO_REUSEPORT); sequential has 1 [1]")
      ->type_name("N");
  const auto body = app.add_option("--body", words.body,
                                   "What GET / answers [Hello from plaque! and a line feed]")
                        ->type_name("TEXT");
  app.add_option("--body-size", words.body_size, "That many bytes instead")
      ->type_name("N")
      ->excludes(body);
  app.add_option("--delay", words.delay, "Wait before each response: milliseconds, or 1.5s [0]")
      ->type_name("MS");
  app.add_option("--drain", words.drain,
                 "How long responses may take to finish after SIGINT, SIGTERM or SIGHUP [5s]")
      ->type_name("DURATION");
  add_limits(app, words.limits);
  app.footer(
      "Targets: /  /bytes/N  /delay/MS (up to 60000)  /status/CODE  /echo  /unframed; POST and PUT "
      "/\n"
      "are echoed\n"
      "Of an option that is given twice the last counts; --listen adds up.\n"
      "Exit codes: 0 done, 1 could not start or output lost, 2 usage; a second signal ends it at\n"
      "once with 128 + its number, such as 130 (SIGINT).");
  if (!parse(app, argc, argv, out)) return {};
  return to_options(words);
}

}  // namespace tws
