#include "cli/server_options.hpp"

#include "cli/parse.hpp"
#include "cli/server_limits.hpp"
#include "cli/server_tls.hpp"
#include "cli/typed_words.hpp"
#include "cli/values.hpp"
#include "report/command_line.hpp"
#include "support/endpoint.hpp"
#include "support/units.hpp"
#include "tws/support/errors.hpp"

#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>

#include <ostream>
#include <string>
#include <string_view>

namespace tws {

namespace {

constexpr unsigned max_threads = 1024;
constexpr std::uint64_t max_body_size = std::uint64_t{1} << 40;

std::optional<std::chrono::nanoseconds> parse_milliseconds(std::string_view text) {
  const bool bare = text.find_first_not_of("0123456789.") == text.npos;
  return parse_duration(std::string(text) + (bare ? "ms" : ""));
}

struct Words {
  std::vector<std::string> listen;
  Word admin, mode, keep_alive, close_by, threads;
  Word body, body_size, delay, drain;
  TlsWords tls;
  LimitWords limits;
};

void set_replies(ServerOptions& options, const Words& words) {
  if (words.body) options.body = *words.body;
  if (words.body_size) {
    options.body_size = parse_size(*words.body_size);
    if (!options.body_size || *options.body_size > max_body_size)
      refuse("--body-size", *words.body_size, "a size, such as 512, 64k or 1M, at most 1T");
  }
  if (words.delay) {
    const auto delay = parse_milliseconds(*words.delay);
    if (!delay)
      refuse("--delay", *words.delay,
             "a number of milliseconds, or a duration such as 20ms or 1.5s");
    options.delay = *delay;
  }
}

ServerOptions to_options(const Words& words) {
  ServerOptions options;
  if (!words.listen.empty()) options.listen.clear();
  for (const std::string& text : words.listen) options.listen.push_back(endpoint("--listen", text));
  if (words.admin) options.admin = endpoint("--admin", *words.admin);
  options.tls = to_tls(words.tls);
  if (words.mode)
    options.mode = either<ServerMode>("--mode", *words.mode, {"sequential", ServerMode::sequential},
                                      {"spawn", ServerMode::spawn});
  const bool one_at_a_time = options.mode == ServerMode::sequential;
  if (one_at_a_time && options.listen.size() > 1)
    refuse("--listen",
           fmt::format("'{}' is one address too many: --mode sequential listens on one only",
                       words.listen[1]));
  if (one_at_a_time) options.keep_alive = false;
  if (words.keep_alive)
    options.keep_alive =
        either<bool>("--keep-alive", *words.keep_alive, {"on", true}, {"off", false});
  if (words.close_by)
    options.close_by =
        either<ServerCloseBy>("--close-by", *words.close_by, {"server", ServerCloseBy::server},
                              {"client", ServerCloseBy::client});
  if (words.threads)
    options.threads =
        static_cast<unsigned>(number_between("--threads", *words.threads, 1, max_threads));
  set_replies(options, words);
  if (words.drain) options.drain = duration("--drain", *words.drain);
  options.limits = to_limits(words.limits, one_at_a_time ? 1 : options.threads);
  return options;
}

void add_options(CLI::App& app, Words& words) {
  const ServerOptions options;
  app.add_option("--listen", words.listen,
                 fmt::format("Address and port to listen on; port 0 takes a free one; may be "
                             "repeated [{}]",
                             endpoint_text(options.listen.front())))
      ->type_name("ADDR:PORT")
      ->expected(1)
      ->take_all();
  app.add_option("--admin", words.admin,
                 "Listen here for /healthz, /metrics (OpenMetrics) and /census (JSON, which hammer "
                 "--server-admin reads). Everyone who can connect can read them. It takes 1,000 "
                 "connections at a time, and each of its time-outs is 5 s [none]")
      ->type_name("ADDR:PORT");
  app.add_option("--mode", words.mode,
                 "sequential: finish a connection before the next one is accepted\n"
                 "spawn: serve all connections at once [spawn]")
      ->type_name("sequential|spawn");
  app.add_option("--keep-alive", words.keep_alive,
                 "Allow more than one request per connection [on; off with --mode "
                 "sequential]")
      ->type_name("on|off");
  app.add_option(
         "--close-by", words.close_by,
         "Which side closes a connection after its last response, and so keeps the TIME_WAIT. "
         "client: the server waits 1 s for the client's FIN [server]")
      ->type_name("server|client");
  app.add_option("--threads", words.threads,
                 fmt::format("Threads, each with a listening socket of its own (SO_REUSEPORT); "
                             "--mode sequential always has 1 [{}]",
                             options.threads))
      ->type_name("N");
  auto* body = app.add_option("--body", words.body,
                              fmt::format("Response body of GET / [{} and a line feed]",
                                          options.body.substr(0, options.body.size() - 1)))
                   ->type_name("TEXT");
  app.add_option("--body-size", words.body_size, "GET / sends this many bytes instead")
      ->type_name("SIZE")
      ->excludes(body);
  app.add_option("--delay", words.delay,
                 fmt::format("Wait before each response, in milliseconds or with a unit, such as "
                             "1.5s [{}]",
                             options.delay.count()))
      ->type_name("TIME");
  app.add_option("--drain", words.drain,
                 fmt::format("Time for responses to finish after SIGINT, SIGTERM or SIGHUP [{}]",
                             typed(options.drain)))
      ->type_name("DURATION");
  add_tls(app, words.tls);
  add_limits(app, words.limits);
  app.footer(
      "Targets: /  /bytes/N  /delay/MS (up to 60000)  /status/CODE  /echo  /unframed\n"
      "POST and PUT to / are echoed.\n"
      "If an option is given twice, the last one counts; --listen can be repeated.\n"
      "Exit codes:\n"
      "  0  done\n"
      "  1  could not start, or output was lost\n"
      "  2  usage\n"
      "A second signal stops the server at once; the exit code is 128 + its number, such as 130 "
      "(SIGINT).");
}

}  // namespace

std::optional<ServerOptions> parse_server_options(int argc, const char* const* argv,
                                                  std::ostream& out, int width) {
  CLI::App app("An HTTP server to test load generators with.", "tws-server");
  app.set_version_flag("--version", "tws-server " TWS_VERSION);
  set_up(app, width);
  Words words;
  add_options(app, words);
  if (!parse(app, understood({argv + 1, argv + argc}, app), out)) return {};
  return to_options(words);
}

}  // namespace tws
