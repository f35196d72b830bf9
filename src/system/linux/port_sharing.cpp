#include "system/linux/port_sharing.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <optional>
#include <unistd.h>

namespace tws {
namespace {

// Missing in the headers of some C libraries. linux/in.h, linux/tcp.h.
constexpr int local_port_range = 51;
constexpr int fastopen_connect = 30;
constexpr int fastopen_no_cookie = 34;

bool set(int descriptor, int level, int option, std::uint32_t value) {
  return ::setsockopt(descriptor, level, option, &value, sizeof value) == 0;
}

// Whether connect() may take the port; nothing where that can't be asked. With these options
// connect() chooses its port at once and sends its SYN with the first bytes, which there are none
// of (net/ipv4/tcp_fastopen.c, tcp_fastopen_defer_connect).
std::optional<bool> may_be_taken(std::size_t port) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
  if (descriptor < 0) return {};
  const auto only = static_cast<std::uint32_t>(port << 16 | port);
  std::optional<bool> may;
  if (set(descriptor, IPPROTO_IP, local_port_range, only) &&
      set(descriptor, IPPROTO_TCP, fastopen_no_cookie, 1) &&
      set(descriptor, IPPROTO_TCP, fastopen_connect, 1)) {
    sockaddr_in nobody{};
    nobody.sin_family = AF_INET;
    nobody.sin_port = htons(1);
    nobody.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool done =
        ::connect(descriptor, reinterpret_cast<const sockaddr*>(&nobody), sizeof nobody) == 0;
    if (done || errno == EADDRNOTAVAIL) may = done;
  }
  ::close(descriptor);
  return may;
}

}  // namespace

PortSet unshared_ports(const PortSet& ports) {
  PortSet unshared;
  for (std::size_t port = 1; port < ports.size(); ++port) {
    if (!ports.test(port)) continue;
    const auto may = may_be_taken(port);
    if (!may) return {};
    unshared.set(port, !*may);
  }
  return unshared;
}

}  // namespace tws
