// What the kernel saw between the two ends, and behind the server.
#pragma once

#include "tws/system/interface.hpp"
#include "tws/system/limits.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tws {

// Of the run's own sockets on one side, as the kernel counted them (Linux, struct tcp_info). A
// socket counts from when it was made until it was looked at last, so those of connections that
// live shorter than the time between two looks count in part, or not at all.
struct WaySide {
  std::uint64_t sockets = 0;            // that were seen, each once
  std::uint64_t looks = 0;              // at one socket each
  std::uint64_t looks_sending = 0;      // of these: data was to be sent or not yet acknowledged
  std::uint64_t looks_app_limited = 0;  // of these: the program wrote too little to fill the way
  std::uint64_t looks_overdue = 0;      // of these: no acknowledgement for most of a time-out
  std::optional<double> min_rtt;        // seconds, the smallest of all
  // Half of the looks that found new bytes acknowledged showed this at most.
  std::optional<double> rtt;
  std::uint64_t segments_sent = 0, segments_resent = 0;
  std::uint64_t segments_out_of_order = 0;  // received so: some before them were lost, or late
  std::uint64_t bytes_sent = 0;             // and acknowledged
  std::uint64_t bytes_received = 0, bytes_resent = 0;
  double sending = 0;         // seconds of all sockets together in which they had data to send
  double window_limited = 0;  // of these: the receiver's window was full
  double buffer_limited = 0;  // of these: the send buffer was too small
  // Bytes per second of all sockets together for which the program wrote enough, in the best look.
  double delivery_rate = 0;
  std::uint32_t send_mss = 0, receive_mss = 0;  // the largest
  bool operator==(const WaySide&) const = default;
};

struct Way {
  WaySide client;
  WaySide server;           // nothing but zeros where the server's sockets are not in this network
  std::uint64_t looks = 0;  // at all sockets
  bool all = true;          // each saw all sockets; else a part, with many connections
  double seconds = 0;       // what that cost
  std::optional<InterfaceUse> interface;  // towards the first target, over the run
  bool operator==(const Way&) const = default;
};

// Towards one address to which the processes that serve a target connect.
struct Upstream {
  std::string address;          // "127.0.0.1:9000"
  std::uint64_t ports = 0;      // of one local address in use towards it at the same time, at most
  std::uint64_t time_wait = 0;  // of these, at that moment: in TIME_WAIT
  std::uint64_t syn_sent = 0;   // of these: without an answer yet
  bool operator==(const Upstream&) const = default;
};

struct Upstreams {
  std::vector<Upstream> all;  // those with most ports first
  // Of the network namespace that the server is in.
  std::optional<std::uint64_t> usable_ports;
  std::optional<PortRange> range;
  std::optional<TimeWaitReuse> reuse;
  std::uint64_t looks = 0;
  double seconds = 0;  // what that cost
  bool operator==(const Upstreams&) const = default;
};

}  // namespace tws
