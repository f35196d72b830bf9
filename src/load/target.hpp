// A target: a URL, its addresses, and the bytes of the request.
#pragma once

#include "http/url.hpp"
#include "tws/measure/plan.hpp"
#include "tws/support/asio.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tws::load {

// The bytes of a request: `head` is the head and a small body, `rest` a body that is too large to
// be copied for each target.
struct Request {
  std::string head;
  Body rest;
  std::uint64_t size() const { return head.size() + rest.size(); }
};

struct Target : Url {
  tcp::endpoint endpoint;              // the one to load
  std::vector<tcp::endpoint> refused;  // addresses of the name that refused the connection
  std::size_t addresses = 1;           // of the name
  std::size_t address_taken = 1;       // which of them, from 1
  Request kept;                        // the request, serialised once
  Request last;  // the same, with `Connection: close` if the plan says that the server closes
};

// See parse_url().
Target parse_target(std::string_view url);

// "http://192.0.2.1:9100/": the same without a path. Throws UsageError that names --server-admin.
Target parse_server_admin(std::string_view url);

// The request's head. A header of the plan replaces hammer's own header of that name.
std::string serialise_head(const Plan& plan, const Target& target, bool ask_to_close);

Request request_of(const Plan& plan, const Target& target, bool ask_to_close);

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
