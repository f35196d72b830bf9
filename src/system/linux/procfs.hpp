// Linux's text files: /proc/net, /proc/sys and /proc/PID. The parsers are pure.
#pragma once

#include "system/socket_row.hpp"
#include "system/sockstat.hpp"
#include "tws/system/counters.hpp"

#include <boost/system/result.hpp>

#include <string>

namespace tws {

// Reads a whole file whose size the kernel does not report. /proc/net belongs to the process's main
// thread; use /proc/thread-self/net instead.
boost::system::result<std::string> read_text(const std::string& path);

// The text of /proc/net/tcp or tcp6. Other lines are skipped.
void read_proc_net_tcp(std::string_view text, const RowSink& on_row);

// The text of /proc/net/sockstat. Nothing if its line "TCP:" does not have all four numbers.
std::optional<Sockstat> parse_sockstat(std::string_view text);

// The text of /proc/net/snmp or /proc/net/netstat: each section has a line of names and a line of
// values. Reads only `section` ("Tcp"); a name without a value is skipped.
Counters parse_counters(std::string_view text, std::string_view section);

// For a process or a thread; times in ticks of sysconf(_SC_CLK_TCK).
struct ProcStat {
  std::string name;
  std::uint64_t cpu = 0;      // user and system
  std::uint64_t started = 0;  // since boot
  int parent = 0;
  std::uint64_t ended_children_cpu = 0;  // of those that it has waited for
  bool operator==(const ProcStat&) const = default;
};

// The text of /proc/PID/stat or /proc/PID/task/TID/stat (proc(5)). A name may contain any
// character, also parentheses and line ends.
std::optional<ProcStat> parse_stat(std::string_view text);

// Whether an address is one of the network namespace's own. The texts of /proc/PID/net/fib_trie,
// for IPv4, and of /proc/PID/net/if_inet6, for IPv6.
bool has_address(std::string_view fib_trie, std::string_view if_inet6, const AddressBytes& address);

// The soft limit of open files in the text of /proc/PID/limits; the highest number for "unlimited".
std::optional<std::uint64_t> parse_open_file_limit(std::string_view text);

}  // namespace tws
