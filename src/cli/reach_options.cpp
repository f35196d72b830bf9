#include "cli/reach_options.hpp"

#include "load/request.hpp"

#include <fmt/format.h>
#include <sys/un.h>

namespace tws {
namespace {

constexpr std::uint64_t most_redirects = 100;

}  // namespace

void add_reach_options(CLI::App& app, ReachWords& words) {
  app.add_option("--proxy", words.proxy,
                 "Connect to this proxy, with CONNECT for https. Ports, sockets and verdict are "
                 "then those towards the proxy")
      ->type_name("URL");
  app.add_option("--unix-socket", words.unix_socket,
                 "Connect to this Unix socket, which has no ports; the URL says what is asked")
      ->type_name("PATH");
  app.add_option("--http-version", words.http_version,
                 fmt::format("Version of HTTP. With 1.0 a connection is kept only if the server "
                             "agrees [{}]",
                             Plan().http_version))
      ->type_name("1.0|1.1");
  app.add_option("--redirects", words.redirects,
                 "Follow up to N redirects of each request, each by a request of its own on a "
                 "connection to the same host [0: they are responses]")
      ->type_name("N");
}

void set_reach(Plan& plan, const ReachWords& words) {
  if (words.proxy) load::parse_proxy(*words.proxy);
  plan.proxy = words.proxy.value_or("");
  if (words.unix_socket) {
    const auto& path = *words.unix_socket;
    if (path.empty() || path.size() >= sizeof sockaddr_un{}.sun_path)
      refuse(
          "--unix-socket", path,
          fmt::format("the path of a socket, at most {} bytes", sizeof sockaddr_un{}.sun_path - 1));
    plan.unix_socket = path;
    plan.census = false;  // that counts sockets of TCP
  }
  if (words.http_version)
    plan.http_version =
        either<std::string>("--http-version", *words.http_version, {"1.0", "1.0"}, {"1.1", "1.1"});
  if (words.redirects)
    plan.redirects = number_between("--redirects", *words.redirects, 0, most_redirects);
}

}  // namespace tws
