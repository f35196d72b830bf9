#include "lab/sandbox.hpp"

#include "tws/support/errors.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

namespace tws::lab {
namespace {

[[noreturn]] void fail(std::string_view what, int error) {
  throw RunError(fmt::format("a private network: {}: {}", what, errno_text(error)));
}

std::string path_of(std::string_view setting) {
  return fmt::format("/proc/sys/net/ipv4/{}", setting);
}

// Returns 0 or an errno. These files accept a value only in one write().
int write_file(const std::string& path, std::string_view text) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (file < 0) return errno;
  const int error = ::write(file, text.data(), text.size()) < 0 ? errno : 0;
  ::close(file);
  return error;
}

// A socket for ioctl() calls about an interface.
class InterfaceSocket {
 public:
  InterfaceSocket() : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    if (socket_ < 0) fail("socket", errno);
  }
  ~InterfaceSocket() { ::close(socket_); }
  InterfaceSocket(const InterfaceSocket&) = delete;
  InterfaceSocket& operator=(const InterfaceSocket&) = delete;

  void ask(unsigned long request, std::string_view words, ifreq& interface) {
    if (::ioctl(socket_, request, &interface) != 0) fail(words, errno);
  }

 private:
  int socket_;
};

ifreq interface_named(std::string_view name) {
  ifreq interface {};
  name.copy(interface.ifr_name, sizeof interface.ifr_name - 1);
  return interface;
}

}  // namespace

std::optional<std::string> permit_networks() {
  if (::unshare(CLONE_NEWNET) == 0) return {};
  const auto user = ::getuid();
  const auto group = ::getgid();
  if (::unshare(CLONE_NEWUSER) != 0) return "unshare(CLONE_NEWUSER): " + errno_text(errno);
  // user_namespaces(7): without privileges a group may be mapped only if setgroups() is denied.
  int error = write_file("/proc/self/setgroups", "deny");
  if (error == 0) error = write_file("/proc/self/uid_map", fmt::format("0 {} 1", user));
  if (error == 0) error = write_file("/proc/self/gid_map", fmt::format("0 {} 1", group));
  if (error != 0) return "a user namespace: " + errno_text(error);
  if (::unshare(CLONE_NEWNET) != 0) return "unshare(CLONE_NEWNET): " + errno_text(errno);
  return {};
}

void enter_new_network() {
  if (::unshare(CLONE_NEWNET) != 0) fail("unshare(CLONE_NEWNET)", errno);
  InterfaceSocket socket;
  ifreq loopback = interface_named("lo");
  socket.ask(SIOCGIFFLAGS, "the flags of lo", loopback);
  loopback.ifr_flags = static_cast<short>(loopback.ifr_flags | IFF_UP);
  socket.ask(SIOCSIFFLAGS, "lo up", loopback);
}

bool has_setting(std::string_view name) {
  return ::access(path_of(name).c_str(), F_OK) == 0;
}

void set(std::string_view name, std::string_view value) {
  if (const int error = write_file(path_of(name), value))
    fail(fmt::format("net.ipv4.{} = {}", name, value), error);
}

void add_address(std::string_view address) {
  ifreq alias = interface_named("lo:1");
  sockaddr_in ip{};
  ip.sin_family = AF_INET;
  if (::inet_pton(AF_INET, std::string(address).c_str(), &ip.sin_addr) != 1) fail(address, EINVAL);
  std::memcpy(&alias.ifr_addr, &ip, sizeof ip);
  InterfaceSocket().ask(SIOCSIFADDR, address, alias);
}

}  // namespace tws::lab
