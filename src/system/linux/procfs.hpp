// What Linux tells in text: /proc/net, /proc/sys and /proc/PID. The parsers are pure.
#pragma once

#include "system/socket_row.hpp"
#include "system/sockstat.hpp"
#include "tws/system/counters.hpp"

#include <boost/system/result.hpp>

#include <string>

namespace tws {

// The whole file, of which the kernel does not know the size. Paths under /proc/net are those of
// the process's main thread: use /proc/thread-self/net.
boost::system::result<std::string> read_text(const std::string& path);

// The text of /proc/net/tcp or tcp6. Lines that are no rows are left out.
void read_proc_net_tcp(std::string_view text, const RowSink& on_row);

// The text of /proc/net/sockstat. Nothing if its line "TCP:" does not hold all four.
std::optional<Sockstat> parse_sockstat(std::string_view text);

// The text of /proc/net/snmp or /proc/net/netstat: a line of names and a line of values for every
// section, of which only this one ("Tcp") is read. A name without a value is left out.
Counters parse_counters(std::string_view text, std::string_view section);

// Of a process or a thread; the times in ticks of sysconf(_SC_CLK_TCK).
struct ProcStat {
  std::string name;
  std::uint64_t cpu = 0;      // user and system
  std::uint64_t started = 0;  // since boot
  bool operator==(const ProcStat&) const = default;
};

// The text of /proc/PID/stat or /proc/PID/task/TID/stat (proc(5)). A name may hold anything,
// parentheses and line ends too.
std::optional<ProcStat> parse_stat(std::string_view text);

// The soft limit of open files in the text of /proc/PID/limits; the highest number for "unlimited".
std::optional<std::uint64_t> parse_open_file_limit(std::string_view text);

}  // namespace tws
