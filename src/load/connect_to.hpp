// Where to connect instead of a URL's host: --connect-to HOST:PORT:HOST:PORT, as curl takes it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tws::load {

struct ConnectTo {
  std::string host;              // of the URL; empty: any
  std::uint16_t port = 0;        // of the URL; 0: any
  std::string other_host;        // empty: the same
  std::uint16_t other_port = 0;  // 0: the same
};

// Throws UsageError.
ConnectTo parse_connect_to(std::string_view text);

// Changes them to those of the first rule that is for them.
void apply(const std::vector<ConnectTo>& rules, std::string& host, std::uint16_t& port);

}  // namespace tws::load
