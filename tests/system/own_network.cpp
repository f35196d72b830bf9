#include "own_network.hpp"

#include <arpa/inet.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstring>
#include <fstream>
#include <sched.h>
#include <unistd.h>

namespace tws {
namespace {

bool set_interface(unsigned long request, const ifreq& settings) {
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  const bool done = ioctl(fd, request, &settings) == 0;
  close(fd);
  return done;
}

ifreq interface(std::string_view name) {
  ifreq settings{};
  name.copy(settings.ifr_name, IFNAMSIZ - 1);
  return settings;
}

}  // namespace

bool enter_own_network() {
  if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return false;
  ifreq up = interface("lo");
  up.ifr_flags = IFF_UP;
  return set_interface(SIOCSIFFLAGS, up);
}

bool add_address(const char* address) {
  sockaddr_in socket_address{};
  socket_address.sin_family = AF_INET;
  if (inet_pton(AF_INET, address, &socket_address.sin_addr) != 1) return false;
  ifreq settings = interface("lo:1");
  std::memcpy(&settings.ifr_addr, &socket_address, sizeof socket_address);
  return set_interface(SIOCSIFADDR, settings);
}

bool write_sysctl(const std::string& path, std::string_view value) {
  std::ofstream file("/proc/sys/net/" + path);
  file << value << std::flush;
  return file.good();
}

}  // namespace tws
