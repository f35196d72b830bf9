#include "system/interface.hpp"

#include "system/linux/procfs.hpp"

#include <boost/asio/ip/udp.hpp>
#include <net/if.h>
#include <sys/socket.h>

#include <cstring>
#include <ifaddrs.h>
#include <memory>
#include <unistd.h>

namespace tws {
namespace {

using boost::asio::ip::address;
using boost::asio::ip::udp;

// Of the route: connect() of a datagram socket sends nothing. Nothing without a route.
std::optional<address> own_address_towards(const address& target) {
  udp::endpoint endpoint(target, 9);
  const int fd = socket(endpoint.protocol().family(), SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return {};
  udp::endpoint own;
  auto size = static_cast<socklen_t>(own.capacity());
  const bool known = connect(fd, endpoint.data(), static_cast<socklen_t>(endpoint.size())) == 0 &&
                     getsockname(fd, own.data(), &size) == 0;
  close(fd);
  if (!known) return {};
  own.resize(size);
  return own.address();
}

std::optional<address> address_in(const sockaddr* from) {
  if (from == nullptr || (from->sa_family != AF_INET && from->sa_family != AF_INET6)) return {};
  udp::endpoint endpoint;
  const std::size_t size = from->sa_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
  std::memcpy(endpoint.data(), from, size);
  endpoint.resize(size);
  return endpoint.address();
}

std::string name_towards(const address& target) {
  const auto own = own_address_towards(target);
  if (!own) return {};
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) return {};
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> all(first, freeifaddrs);
  // Packets to an own address go through the loopback interface.
  const bool loops = target.is_loopback() || *own == target;
  for (const ifaddrs* one = first; one != nullptr; one = one->ifa_next) {
    if (loops && (one->ifa_flags & IFF_LOOPBACK) != 0) return one->ifa_name;
    if (!loops && address_in(one->ifa_addr) == own) return one->ifa_name;
  }
  return {};
}

}  // namespace

std::optional<InterfaceUse> interface_towards(const address& target) {
  const auto name = name_towards(target);
  const auto text = read_text("/proc/thread-self/net/dev");
  return name.empty() || !text ? std::nullopt : parse_net_dev(*text, name);
}

}  // namespace tws
