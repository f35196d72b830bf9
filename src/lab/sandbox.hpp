// A network of this process's own: a Linux network namespace, with its own ports, TIME_WAIT table,
// counters and settings. The machine's are never touched, and it goes with its last process.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tws::lab {

// Lets this process make networks: by a user namespace, where it is not root. From then on it has
// no power over the machine's own network. To be called once, before any thread is started. Returns
// why it can't be, or nothing.
std::optional<std::string> permit_networks();

// The calling thread and those that it starts are in a new network, with loopback up. Throws
// RunError.
void enter_new_network();

// net.ipv4.NAME of the calling thread's network.
bool has_setting(std::string_view name);
void set(std::string_view name, std::string_view value);  // throws RunError

// An address of this network's that is no loopback address, on the interface lo. Throws RunError.
void add_address(std::string_view address);

}  // namespace tws::lab
