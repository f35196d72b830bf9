// A target: a URL, its addresses, and the requests that it is asked.
#pragma once

#include "load/request.hpp"
#include "tws/measure/plan.hpp"
#include "tws/support/asio.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tws::load {

struct Target : Url {
  tcp::endpoint endpoint;              // the one to load
  std::vector<tcp::endpoint> refused;  // addresses of the name that refused the connection
  std::size_t addresses = 1;           // of the name
  std::size_t address_taken = 1;       // which of them, from 1
  std::optional<Request> tunnel;       // to be sent first: the proxy is to open one
  std::vector<Ask> asks;
  std::vector<std::uint32_t> order;  // in which they take turns, over and over
};

// See parse_url().
Target parse_target(std::string_view url);

// "http://192.0.2.1:9100/": the same without a path. Throws UsageError that names --server-admin.
Target parse_server_admin(std::string_view url);

// Whether they are the same target, whatever is asked there.
bool is_same_authority(const Url& a, const Url& b);

// Parses every URL of the plan, resolves names and picks an address for each. If a name has
// several, hammer connects to one after the other until one answers (that connection is reset at
// once, so it leaves no TIME_WAIT). `lookup_seconds` is unchanged if no URL has a name. Throws
// UsageError for a bad URL, RunError for an unknown name.
std::vector<Target> resolve_targets(const Plan& plan, std::optional<double>& lookup_seconds);

// Local addresses: "127.0.0.1", "10.0.0.1,10.0.0.2", "127.0.1.0/28". Throws UsageError for text
// that is no address and for more than 65,536 of them.
std::vector<asio::ip::address> parse_sources(std::string_view text);

// Throws RunError if an address is not one of this machine.
void check_sources(const std::vector<asio::ip::address>& sources);

}  // namespace tws::load
