#include "support/endpoint.hpp"

#include "support/units.hpp"

#include <fmt/format.h>

namespace tws {

std::string endpoint_text(const tcp::endpoint& endpoint) {
  const std::string address = endpoint.address().to_string();
  return endpoint.address().is_v6() ? fmt::format("[{}]:{}", address, endpoint.port())
                                    : fmt::format("{}:{}", address, endpoint.port());
}

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

}  // namespace tws
