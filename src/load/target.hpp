// What is loaded: a URL, the addresses behind it, and the bytes to send there.
#pragma once

#include "tws/measure/plan.hpp"
#include "tws/support/asio.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tws::load {

struct Target {
  std::string url;   // as typed
  std::string host;  // without brackets
  std::uint16_t port = 80;
  std::string host_header;  // RFC 9110 7.2: with brackets, with the port unless it is 80
  std::string path;         // origin-form: path and query

  tcp::endpoint endpoint;              // the one to load
  std::vector<tcp::endpoint> refused;  // the name's addresses that could not be connected to
  std::string kept;                    // the request, serialised once
  std::string last;  // the same, asking the server to close after it where the plan says so
};

// Reads "http://host:port/path?query"; the scheme may be left out. Throws UsageError.
Target parse_target(std::string_view url);

// "http://192.0.2.1:9100/": the same without a path. Throws UsageError that names --server-admin.
Target parse_server_admin(std::string_view url);

// The request's bytes. A header of the plan replaces the one that hammer would send by itself.
std::string serialise_request(const Plan& plan, const Target& target, bool ask_to_close);

// Parses every URL of the plan, looks names up and picks an address for each. Where a name has
// several, each is tried by connecting until one answers (that connection is reset at once, so it
// leaves nothing behind). `lookup_seconds` is left alone where there are only addresses.
// Throws UsageError for a URL, RunError for a name that is unknown.
std::vector<Target> resolve_targets(const Plan& plan, std::optional<double>& lookup_seconds);

// Local addresses: "127.0.0.1", "10.0.0.1,10.0.0.2", "127.0.1.0/28". Throws UsageError for text
// that is no address and for more than 65,536 of them.
std::vector<asio::ip::address> parse_sources(std::string_view text);

// Throws RunError where an address is not one of this machine.
void check_sources(const std::vector<asio::ip::address>& sources);

}  // namespace tws::load
