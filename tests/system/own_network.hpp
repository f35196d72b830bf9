// A network of a test's own, with its own settings.
#pragma once

#include <string>
#include <string_view>

namespace tws {

// Moves this process into a new network namespace, where nobody else opens sockets. False where the
// system allows none.
bool enter_own_network();

// Gives the loopback interface an address that is not one of 127.0.0.0/8: "192.0.2.2".
bool add_address(const char* address);

// "ipv4/tcp_tw_reuse" under /proc/sys/net. False if it could not be written.
bool write_sysctl(const std::string& path, std::string_view value);

}  // namespace tws
