// All results of a run: a plain value, made by the engine, read by all later steps.
#pragma once

#include "tws/measure/plan.hpp"
#include "tws/measure/tally.hpp"
#include "tws/measure/timeline.hpp"
#include "tws/measure/way.hpp"
#include "tws/system/census.hpp"
#include "tws/system/cgroup.hpp"
#include "tws/system/counters.hpp"
#include "tws/system/limits.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tws {

struct Environment {
  std::string os;      // "Linux"
  std::string kernel;  // "6.18.44"
  unsigned cpus = 0;
  std::string version;     // hammer's own
  std::string started_at;  // UTC, "2026-11-24T08:16:35Z"
  bool operator==(const Environment&) const = default;
};

struct TargetUsed {
  std::string url;                   // as typed, without a password
  std::string address;               // "127.0.0.1:3779", the one that was loaded
  std::vector<std::string> refused;  // addresses of the same name that refused the connection
  std::uint64_t addresses = 1;       // of that name
  std::uint64_t address_taken = 1;   // which of them was loaded, from 1
  // Connections that the listener's accept queue has room for; nothing where none was seen.
  std::optional<std::uint64_t> listen_backlog{};
  bool operator==(const TargetUsed&) const = default;
};

// How busy a process was over the run.
struct ProcessCpu {
  int pid = 0;
  std::string name;
  double busy = 0;            // cores, of all its threads together
  double busiest_thread = 0;  // 0 to 1
  // At the end of the run; nothing if they can't be read.
  std::optional<std::uint64_t> open_files, open_file_limit;
  // Threads that were ready and had no CPU, on average; nothing where the kernel does not tell.
  std::optional<double> waiting{};
  bool operator==(const ProcessCpu&) const = default;
};

struct Cpu {
  double busy = 0;            // cores, of all workers together
  double busiest_thread = 0;  // 0 to 1, of the busiest worker
  // The whole machine with all programs: busy cores, and all cores.
  std::optional<double> machine_busy;
  unsigned machine_cores = 0;
  // Those that listen on a target's port, their children and the children of those, and others that
  // hold its connections, as far as they are on this machine and may be read; with --server-admin
  // the one that it is of.
  std::vector<ProcessCpu> servers;
  std::optional<double> waiting;  // as ProcessCpu::waiting, of all workers
  // Of hammer's control group, and of the servers' one that was throttled most: periods and time
  // over the run. Nothing without a quota.
  std::optional<CpuQuota> quota, server_quota;
  std::optional<unsigned> server_cores;  // that the servers may run on, together
  bool operator==(const Cpu&) const = default;
};

// The server's own data, from its admin listener (--server-admin). With it, the server's side of
// each census and Cpu::servers are from this server.
struct ServerSide {
  std::string version;           // of tws-server
  bool on_this_machine = false;  // then both share its CPU
  bool in_this_network = false;  // then both share the kernel's counters
  std::uint64_t answers = 0, failures = 0;
  std::string failure;                 // why the first of them failed, in words
  double failed_since = 0;             // time of that failure, and
  double last_answer = 0;              // of the latest answer: seconds since the start
  std::optional<double> machine_busy;  // cores of its machine, all programs together
  unsigned machine_cores = 0;
  std::optional<std::uint64_t> somaxconn, max_time_wait;
  Counters counters;  // differences over the run, in its network namespace
  bool operator==(const ServerSide&) const = default;
};

// About a simulated run.
struct Simulated {
  std::string system;   // whose rules were played, "macOS 12"
  std::string command;  // that repeats it
  // Why its rules are unchecked; empty if they were compared with a real kernel.
  std::string unchecked;
  std::string check;  // commands that check it on a real system; empty if there is no simple way
  bool operator==(const Simulated&) const = default;
};

// What a trial of other ports is to show: connections until its end.
struct Prediction {
  bool ceiling = false;                // false: no attempt fails for want of a port
  std::uint64_t fewest = 0, most = 0;  // with a ceiling, where the ports are used up
  bool operator==(const Prediction&) const = default;
};

// A short run after the run, with one thing changed (--prove). Nothing of it is in the run's
// numbers.
struct Trial {
  std::string change;  // as it is typed: "-c 100"
  std::uint32_t connections = 0;
  double seconds = 0;
  double rate = 0;                // successes per second
  double got_through = 0;         // successes of what ended, 0 to 1
  std::optional<double> latency;  // mean, seconds
  // Of a remedy for the ports: what it says, what it promised, and what came.
  std::string remedy = {};
  std::optional<Prediction> predicted = {};
  std::uint64_t connected = 0;
  std::uint64_t without_port = 0;  // attempts that failed for want of one
  bool operator==(const Trial&) const = default;
};

// The load before anything was counted (--warm-up). What it left in the kernel, such as ports in
// TIME_WAIT, is still there when the run begins.
struct WarmUp {
  double seconds = 0;
  std::uint64_t responses = 0;
  std::uint64_t failures = 0;   // of requests and of attempts to connect
  std::uint64_t connected = 0;  // connections that were made
  bool operator==(const WarmUp&) const = default;
};

// What was observed in a stage of the plan's profile. A request that was under way at its end is in
// flight there, and counts as started in the next stage; one that was due and had not begun was
// never begun there, and is due in the next stage.
struct StageRun {
  double from = 0, seconds = 0;  // since the start of the run; its length
  Tally tally;                   // times of failures are since the start of the run
  std::optional<Census> sockets_before, sockets_after;
  Counters counters;
  Cpu cpu;
  std::optional<ServerSide> server_side;
  std::optional<Way> way;
  std::optional<Upstreams> upstreams;
  bool operator==(const StageRun&) const = default;
};

struct Run {
  Plan plan;
  Environment environment;
  std::vector<TargetUsed> targets;
  std::optional<double> lookup_seconds;  // to resolve names; nothing if all targets are addresses

  std::uint64_t source_addresses = 1;  // number of addresses in the plan's sources

  double seconds = 0;         // from the start to the deadline, the last response or the signal
  std::optional<int> signal;  // that ended the run early
  std::optional<std::string> stopped_by{};  // the threshold that ended it early
  std::optional<Simulated> simulated;

  Tally tally;
  std::vector<Sample> timeline;

  Limits limits;
  std::optional<Census> sockets_before, sockets_after;  // nothing without a census
  Counters counters;                                    // differences over the run
  Cpu cpu;
  std::optional<ServerSide> server_side;  // nothing without --server-admin
  std::uint64_t censuses = 0;             // taken, these two included
  double census_seconds = 0;              // total time of all censuses
  std::optional<Way> way;                 // nothing without a census, or if no kernel tells
  std::optional<Upstreams> upstreams;     // nothing if the server's processes can't be looked at
  std::vector<Trial> trials;              // nothing without --prove
  std::optional<WarmUp> warm_up{};        // nothing without --warm-up
  std::vector<StageRun> stages{};         // of the plan's profile, as far as the run came
  bool operator==(const Run&) const = default;
};

}  // namespace tws
