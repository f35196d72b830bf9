// A private network: a Linux network namespace with its own ports, TIME_WAIT table, counters and
// settings. The machine's own network stays unchanged, and the namespace ends with its last
// process.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tws::lab {

// Allows this process to make network namespaces: with a user namespace if it is not root. After
// that it can no longer change the machine's own network. To be called once, before any thread is
// started. Returns the reason if it fails, otherwise nothing.
std::optional<std::string> permit_networks();

// Moves the calling thread, and threads that it starts later, into a new network with loopback up.
// Throws RunError.
void enter_new_network();

// net.ipv4.NAME of the calling thread's network.
bool has_setting(std::string_view name);
void set(std::string_view name, std::string_view value);  // throws RunError

// Adds an address that is not a loopback address to the interface lo. Throws RunError.
void add_address(std::string_view address);

}  // namespace tws::lab
