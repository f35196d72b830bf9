// One TCP socket from a kernel's list, whichever way it was read.
#pragma once

#include "system/tcp_numbers.hpp"
#include "tws/system/census.hpp"

#include <compare>
#include <functional>
#include <optional>

namespace tws {

// In network order; an IPv4 address as ::ffff:a.b.c.d, so that mapped and plain ones compare equal.
using AddressBytes = std::array<std::uint8_t, 16>;

// `first` points at the four bytes of an IPv4 address.
AddressBytes mapped_v4(const std::uint8_t* first);
AddressBytes bytes_of(const boost::asio::ip::address& address);

// 0.0.0.0 or ::
bool is_wildcard(const AddressBytes& address);

struct Endpoint {
  AddressBytes address{};
  std::uint16_t port = 0;
  auto operator<=>(const Endpoint&) const = default;
};

struct SocketRow {
  TcpState state{};
  Endpoint local;
  Endpoint remote;
  std::uint32_t inode = 0;  // what /proc/PID/fd names it by; 0: no process has it (or macOS)
  // Of a listener, where it is told: connections that its accept queue has room for.
  std::optional<std::uint32_t> backlog{};
  std::optional<TcpNumbers> numbers{};  // of a connection, where they were asked for
  bool operator==(const SocketRow&) const = default;
};

// Readers pass rows on one by one, because there can be hundreds of thousands.
using RowSink = std::function<void(const SocketRow&)>;

}  // namespace tws
