#include "load/dial.hpp"

#include "tws/support/errors.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace tws::load {
namespace {

#ifdef __linux__
// Missing in the headers of some C libraries. linux/in.h, since Linux 4.2 and 6.3.
constexpr int bind_address_no_port = 24;
constexpr int local_port_range = 51;

int set_option(int descriptor, int option, std::uint32_t value) {
  return ::setsockopt(descriptor, IPPROTO_IP, option, &value, sizeof value);
}
#endif

int open_socket(int family, int protocol = IPPROTO_TCP) {
#ifdef __linux__
  return ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
#else
  const int descriptor = ::socket(family, SOCK_STREAM, protocol);
  if (descriptor >= 0) {
    ::fcntl(descriptor, F_SETFL, O_NONBLOCK);
    ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  }
  return descriptor;
#endif
}

// The format of the option: the low port in the low 16 bits, the high port above (ip(7)).
[[maybe_unused]] std::uint32_t packed(const PortRange& ports) {
  return (std::uint32_t{ports.high} << 16) | ports.low;
}

int set_up(int descriptor, const std::optional<asio::ip::address>& source,
           const std::optional<PortRange>& ports) {
#ifdef __linux__
  if (ports && set_option(descriptor, local_port_range, packed(*ports)) != 0) return errno;
  // A kernel without it picks the port at bind(): this only uses up more ports.
  if (source) set_option(descriptor, bind_address_no_port, 1);
#else
  static_cast<void>(ports);
#endif
  if (source) {
    const tcp::endpoint from{*source, 0};
    if (::bind(descriptor, from.data(), static_cast<socklen_t>(from.size())) != 0) return errno;
  }
  return 0;
}

// Returns the descriptor, or closes it and returns -errno.
int connect_or_close(int descriptor, int error, const sockaddr* to, std::size_t size) {
  if (error == 0 && ::connect(descriptor, to, static_cast<socklen_t>(size)) != 0 &&
      errno != EINPROGRESS)
    error = errno;
  if (error == 0) return descriptor;
  ::close(descriptor);
  return -error;
}

}  // namespace

int begin_connecting(const tcp::endpoint& to, const std::optional<asio::ip::address>& source,
                     const std::optional<PortRange>& ports) {
  const int descriptor = open_socket(to.data()->sa_family);
  if (descriptor < 0) return -errno;
  return connect_or_close(descriptor, source || ports ? set_up(descriptor, source, ports) : 0,
                          to.data(), to.size());
}

int begin_connecting_from(const tcp::endpoint& to, const std::optional<asio::ip::address>& source,
                          std::uint16_t port) {
  const int descriptor = open_socket(to.data()->sa_family);
  if (descriptor < 0) return -errno;
  const int on = 1;
  const tcp::endpoint from =
      source ? tcp::endpoint{*source, port} : tcp::endpoint{to.protocol(), port};
  const bool bound = ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                     ::bind(descriptor, from.data(), static_cast<socklen_t>(from.size())) == 0;
  return connect_or_close(descriptor, bound ? 0 : errno, to.data(), to.size());
}

int begin_connecting(const std::string& unix_socket) {
  sockaddr_un to{};
  if (unix_socket.size() >= sizeof to.sun_path) return -ENAMETOOLONG;
  to.sun_family = AF_UNIX;
  unix_socket.copy(to.sun_path, unix_socket.size());
  const int descriptor = open_socket(AF_UNIX, 0);
  if (descriptor < 0) return -errno;
  return connect_or_close(descriptor, 0, reinterpret_cast<const sockaddr*>(&to), sizeof to);
}

int bind_error(const asio::ip::address& source) {
  const int descriptor = open_socket(source.is_v4() ? AF_INET : AF_INET6);
  if (descriptor < 0) return errno;
  const int error = set_up(descriptor, source, {});
  ::close(descriptor);
  return error;
}

namespace {

// Of getsockname() or getpeername(); nothing if it fails.
std::optional<tcp::endpoint> endpoint_by(int (*name)(int, sockaddr*, socklen_t*), int descriptor) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (name(descriptor, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return {};
  tcp::endpoint endpoint;
  if (size > endpoint.capacity()) return {};
  std::memcpy(endpoint.data(), &storage, size);
  endpoint.resize(size);
  return endpoint;
}

}  // namespace

std::optional<asio::ip::address> local_address(const tcp::endpoint& to) {
  const int descriptor = ::socket(to.data()->sa_family, SOCK_DGRAM, IPPROTO_UDP);
  if (descriptor < 0) return {};
  std::optional<tcp::endpoint> local;
  if (::connect(descriptor, to.data(), static_cast<socklen_t>(to.size())) == 0)
    local = endpoint_by(::getsockname, descriptor);
  ::close(descriptor);
  return local ? std::optional(local->address()) : std::nullopt;
}

bool is_its_own_peer(int descriptor) {
  const auto peer = endpoint_by(::getpeername, descriptor);
  return peer && peer == endpoint_by(::getsockname, descriptor);
}

bool has_time_stamps(int descriptor) {
#ifdef __linux__
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return true;
  return (info.tcpi_options & TCPI_OPT_TIMESTAMPS) != 0;
#else
  static_cast<void>(descriptor);
  return true;
#endif
}

int connect_error(int descriptor) {
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
  return error;
}

void check_port_range(const PortRange& ports) {
  const auto text = fmt::format("{}-{}", ports.low, ports.high);
#ifdef __linux__
  const int descriptor = open_socket(AF_INET);
  if (descriptor < 0) return;
  const bool known = set_option(descriptor, local_port_range, packed(ports)) == 0;
  ::close(descriptor);
  if (!known)
    throw UsageError("--port-range: '" + text + "' can't be set here: it needs Linux 6.3 or newer");
  // ip(7): a bound outside the system's range has no effect, so the run would use other ports than
  // requested.
  const auto whole = read_port_range();
  if (whole && (ports.low < whole->low || ports.high > whole->high))
    throw UsageError(
        fmt::format("--port-range: '{}' is not within {}-{}, net.ipv4.ip_local_port_range, which a "
                    "run can only narrow",
                    text, whole->low, whole->high));
#else
  throw UsageError("--port-range: '" + text + "' can't be set here: it needs Linux 6.3 or newer");
#endif
}

}  // namespace tws::load
