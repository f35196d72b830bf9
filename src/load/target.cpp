#include "load/target.hpp"

#include "load/connect_to.hpp"
#include "load/dial.hpp"
#include "load/interleave.hpp"
#include "support/units.hpp"
#include "tws/support/errors.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <boost/beast/core/string.hpp>
#include <fmt/format.h>
#include <net/if.h>

#include <algorithm>
#include <sstream>

namespace tws::load {
namespace {

constexpr std::size_t most_sources = 65'536;

// Connects, waiting as long as the plan allows, and resets the connection.
bool answers(const tcp::endpoint& endpoint, std::chrono::nanoseconds patience) {
  asio::io_context io{1};
  Socket socket{io};
  error_code error = asio::error::would_block;
  socket.async_connect(endpoint, [&](error_code result) { error = result; });
  io.run_for(patience);
  if (error) return false;
  socket.set_option(asio::socket_base::linger(true, 0), error);
  return true;
}

void look_up(Target& target, const std::string& host, std::uint16_t port, const Plan& plan) {
  asio::io_context io{1};
  asio::ip::basic_resolver<tcp, Executor> resolver{io};
  error_code error;
  const auto found =
      resolver.resolve(host, std::to_string(port), tcp::resolver::numeric_service, error);
  if (error) throw RunError(fmt::format("cannot resolve '{}': {}", host, error.message()));
  std::vector<tcp::endpoint> endpoints;
  for (const auto& entry : found)
    if (std::find(endpoints.begin(), endpoints.end(), entry.endpoint()) == endpoints.end())
      endpoints.push_back(entry.endpoint());

  target.endpoint = endpoints.front();
  target.addresses = endpoints.size();
  if (endpoints.size() == 1) return;
  for (const auto& endpoint : endpoints) {
    if (answers(endpoint, plan.connect_timeout)) {
      target.endpoint = endpoint;
      target.address_taken = target.refused.size() + 1;
      return;
    }
    target.refused.push_back(endpoint);
  }
  target.refused.erase(target.refused.begin());  // none answers: load the first one
}

// "fe80::1%eth0" needs an interface of that name, or of that number.
void check_zone(const std::string& address) {
  const auto percent = address.find('%');
  if (percent == address.npos) return;
  const auto zone = address.substr(percent + 1);
  if (::if_nametoindex(zone.c_str()) == 0 && !parse_number(zone, UINT32_MAX))
    throw RunError(
        fmt::format("cannot reach '{}': there is no network interface '{}'", address, zone));
}

// connect() to the wildcard address connects to loopback (ip_route_output_key_hash), and the
// sockets have that address.
asio::ip::address where_it_leads(const asio::ip::address& address) {
  if (!address.is_unspecified()) return address;
  if (address.is_v4()) return asio::ip::address_v4::loopback();
  return asio::ip::address_v6::loopback();
}

// An IPv4 network's first address is its own and the last its broadcast; an IPv6 network's first is
// its routers' (RFC 4291 2.6.1). All others can be hosts; in a network of two addresses both can
// (RFC 3021, RFC 6164). The caller refuses most_sources addresses or more.
template <typename Iterator>
void add_network(Iterator address, int host_bits, std::vector<asio::ip::address>& to) {
  const std::size_t size = host_bits > 16 ? most_sources + 2 : std::size_t{1} << host_bits;
  const bool first_is_taken = host_bits > 1;
  const bool last_is_taken = first_is_taken && asio::ip::address(*address).is_v4();
  for (std::size_t i = 0; i < size && to.size() < most_sources; ++i, ++address)
    if (!(first_is_taken && i == 0) && !(last_is_taken && i == size - 1)) to.push_back(*address);
}

// Of the URLs, or of the list in their place. Each target gets those of its authority.
void add_asks(const Plan& plan, std::vector<Target>& targets) {
  const auto plan_body = body_pattern(plan.body);
  std::vector<std::vector<std::uint64_t>> weights(targets.size());
  std::size_t number = 0;
  const auto add = [&](std::size_t target, const Line& line) {
    auto ask = ask_of(plan, line, parse_asked_url(line.url),
                      line.plan_body ? plan_body : body_pattern(line.body));
    ask.number = number++;
    targets[target].asks.push_back(std::move(ask));
    weights[target].push_back(std::max<std::uint64_t>(line.weight, 1));
  };
  if (plan.lines.empty())
    for (std::size_t i = 0; i < targets.size(); ++i)
      add(i, {1, plan.method, plan.urls[i], plan.body, true});
  for (Line line : plan.lines) {
    const auto url = parse_asked_url(line.url);
    if (line.plan_body) line.body = plan.body;
    const auto target = std::ranges::find_if(
        targets, [&](const Target& one) { return is_same_authority(one, url); });
    if (target == targets.end()) throw UsageError("no target for " + url.url);
    add(static_cast<std::size_t>(target - targets.begin()), line);
  }
  for (std::size_t i = 0; i < targets.size(); ++i) {
    targets[i].order = interleaved(weights[i]);
    if (targets[i].order.empty())
      throw UsageError(fmt::format("--urls: '{}' has weights that add up to more than {}",
                                   plan.urls_file, longest_order));
  }
}

}  // namespace

Target parse_target(std::string_view url) {
  Target target;
  static_cast<Url&>(target) = parse_asked_url(url);
  return target;
}

Target parse_server_admin(std::string_view text) {
  try {
    Target target = parse_target(text);
    if (target.path == "/" && target.authorization.empty() && !target.secure) return target;
  } catch (const UsageError&) {
  }
  throw UsageError(fmt::format(
      "--server-admin: '{}' is not http://HOST:PORT/, such as http://192.0.2.1:9100/", text));
}

bool is_same_authority(const Url& a, const Url& b) {
  return a.secure == b.secure && a.port == b.port && boost::beast::iequals(a.host, b.host);
}

std::vector<Target> resolve_targets(const Plan& plan, std::optional<double>& lookup_seconds) {
  std::vector<Target> targets;
  std::vector<ConnectTo> others;
  for (const auto& text : plan.connect_to) others.push_back(parse_connect_to(text));
  std::optional<Url> proxy;
  if (!plan.proxy.empty()) proxy = parse_proxy(plan.proxy);
  for (const auto& url : plan.urls) {
    Target target = parse_target(url);
    if (!plan.proxy.empty() && target.secure) target.tunnel = tunnel_to(plan, target);
    if (!plan.unix_socket.empty()) {
      targets.push_back(std::move(target));
      continue;
    }
    std::string host = proxy ? proxy->host : target.host;
    std::uint16_t port = proxy ? proxy->port : target.port;
    apply(others, host, port);
    error_code error;
    const auto address = asio::ip::make_address(host, error);
    if (!error) {
      check_zone(host);
      target.endpoint = {where_it_leads(address), port};
    } else {
      const auto start = Clock::now();
      look_up(target, host, port, plan);
      lookup_seconds = lookup_seconds.value_or(0) + to_seconds(Clock::now() - start);
    }
    targets.push_back(std::move(target));
  }
  add_asks(plan, targets);
  return targets;
}

std::vector<asio::ip::address> parse_sources(std::string_view text) {
  std::vector<asio::ip::address> sources;
  std::istringstream parts{std::string(text) + ","};
  for (std::string part; std::getline(parts, part, ',');) {
    error_code error;
    if (part.find('/') == std::string::npos) {
      const auto address = asio::ip::make_address(part, error);
      if (!error) sources.push_back(address);
    } else if (part.find(':') == std::string::npos) {
      const auto network = asio::ip::make_network_v4(part, error);
      if (!error)
        add_network(asio::ip::address_v4_iterator(network.network()), 32 - network.prefix_length(),
                    sources);
    } else {
      const auto network = asio::ip::make_network_v6(part, error);
      if (!error)
        add_network(asio::ip::address_v6_iterator(network.network()), 128 - network.prefix_length(),
                    sources);
    }
    if (error || sources.empty())
      throw UsageError(
          fmt::format("--source: '{}' is not an address (takes ADDR[,ADDR...] or a "
                      "network such as 127.0.1.0/28)",
                      part));
  }
  if (sources.size() >= most_sources)
    throw UsageError(fmt::format("--source: '{}' has more than 65,535 addresses", text));
  return sources;
}

void check_sources(const std::vector<asio::ip::address>& sources) {
  for (const auto& address : sources)
    if (const int error = bind_error(address))
      throw RunError(
          fmt::format("--source: '{}' can't be used: {}", address.to_string(), errno_text(error)));
}

}  // namespace tws::load
