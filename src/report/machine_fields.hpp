// The tables of what both ends' systems allow, show and use. See json_fields.hpp.
#pragma once

#include "report/histogram_fields.hpp"
#include "report/plan_fields.hpp"
#include "tws/measure/run.hpp"

namespace tws {

template <>
struct Json<TimeWaitReuse>
    : Named<TimeWaitReuse, TimeWaitReuse::Off, TimeWaitReuse::Loopback, TimeWaitReuse::On> {};
template <>
struct Json<CensusSource> : Named<CensusSource, CensusSource::Netlink, CensusSource::Procfs,
                                  CensusSource::Sysctl, CensusSource::Simulation> {};

// All states, so that a reader needs no default.
template <>
struct Json<StateCounts> {
  static json::value write(const StateCounts& counts) {
    json::object object;
    for (const TcpState state : tcp_states) object[name(state)] = counts[state];
    return object;
  }
  static void read(const json::value& from, StateCounts& to) {
    for (const TcpState state : tcp_states)
      Json<std::uint64_t>::read(from.as_object().at(name(state)), to[state]);
  }
  static json::object schema(Defs& defs) {
    return defined("states", defs, [&] {
      Described described;
      for (const TcpState state : tcp_states) {
        described.add(name(state), {}, Json<std::uint64_t>::schema(defs));
        described.require(name(state));
      }
      auto schema = std::move(described).schema();
      schema["description"] = "Sockets by TCP state, under Linux's names";
      return schema;
    });
  }
};

template <>
inline constexpr std::string_view def_of<Census> = "sockets";
template <>
inline constexpr auto fields_of<Census> =
    table(field("client", "", &Census::client),
          field("server",
                "The side with the target's port; the other end is on this machine only if the "
                "connection is within it",
                &Census::server),
          field("clientPorts", "Distinct local ports of the sockets on the client's side",
                &Census::client_ports),
          field("seconds", "What it cost to count", &Census::seconds),
          field("source", "", &Census::source));

inline std::optional<double> latency_at(const Sample& sample, double share) {
  return sample.latency.empty() ? std::nullopt : sample.latency.unpack().quantile(share);
}
template <>
inline constexpr auto fields_of<Sample> = table(
    field("t", "End of the sample, since the start", &Sample::t),
    field("requests", "Successes", &Sample::requests),
    field("errors", "Failed attempts, failed requests, responses that are no successes",
          &Sample::errors),
    derived("p50", "Of latency", [](const Sample& sample) { return latency_at(sample, 0.5); }),
    derived("p99", "", [](const Sample& sample) { return latency_at(sample, 0.99); }),
    field(
        "timeWait",
        "TIME_WAIT sockets of the whole network namespace, to any target; the most that were seen",
        &Sample::time_wait),
    field("sockets", "Once per second at least; those with the most client ports",
          &Sample::sockets),
    field("latency", "Of the successes of this sample; null without any", &Sample::latency));

// Both ends of one range, which is known or is not.
template <auto end>
struct PortEnd {
  static json::value write(const std::optional<PortRange>& range) {
    return range ? json::value((*range).*end) : json::value(nullptr);
  }
  static void read(const json::value& from, std::optional<PortRange>& to) {
    if (from.is_null()) return to.reset();
    if (!to) to.emplace();
    Json<std::uint16_t>::read(from, (*to).*end);
  }
  static json::object schema(Defs&) {
    return {{"type", json::array{"integer", "null"}}, {"minimum", 1}, {"maximum", 65535}};
  }
};

template <>
inline constexpr auto fields_of<Limits> = table(
    field<PortEnd<&PortRange::low>>("portLow", "First port that connect() chooses from",
                                    &Limits::ports),
    field<PortEnd<&PortRange::high>>("portHigh", "The last one", &Limits::ports),
    field("reserved", "What it leaves out", &Limits::reserved),
    field("reservedPorts", "How many ports these are, inside the range or not",
          &Limits::reserved_ports),
    field("heldPorts",
          "Ports of the range that connect() leaves out because somebody listens on them or has "
          "bound them",
          &Limits::held_ports),
    field("held", "Which ones these are, without reserved ones", &Limits::held),
    field("usablePorts", "Ports of the range that are neither reserved nor held",
          &Limits::usable_ports),
    field("portStepWidth",
          "Longest random step of the search for a port (net.ipv4.ip_local_port_step_width); 0: no "
          "such steps; null: not known, as before Linux 7.1",
          &Limits::port_step_width),
    field("timeWaitSeconds", "", &Limits::time_wait_seconds),
    field("reuse", "Which connections may take a port from TIME_WAIT", &Limits::reuse),
    field("reuseDelaySeconds", "How old a TIME_WAIT must be for that",
          &Limits::reuse_delay_seconds),
    field("timestamps", "TCP timestamps are offered", &Limits::timestamps),
    field("maxTimeWait", "Size of the TIME_WAIT table", &Limits::max_time_wait),
    field("openFiles", "Of hammer's process", &Limits::open_files),
    field("openFilesHard", "How far that can be raised", &Limits::open_files_hard),
    field("somaxconn", "Longest accept queue", &Limits::somaxconn),
    field("synBacklog", "Half-open connections of a listener", &Limits::syn_backlog),
    field("conntrackCount", "Connections that the firewall tracks", &Limits::conntrack_count),
    field("conntrackMax", "Connections that the firewall can track", &Limits::conntrack_max));

template <>
inline constexpr std::string_view def_of<ProcessCpu> = "process";
template <>
inline constexpr auto fields_of<ProcessCpu> = table(
    field("pid", "", &ProcessCpu::pid),           //
    field<Bytes>("name", "", &ProcessCpu::name),  //
    field("busy", "", &ProcessCpu::busy),         //
    field("busiestThread", "", &ProcessCpu::busiest_thread),
    field("openFiles", "At most, as seen once a second", &ProcessCpu::open_files),
    field("openFileLimit", "", &ProcessCpu::open_file_limit),
    field("waiting",
          "Threads that were ready and had no CPU, on average; null where the system does not "
          "tell",
          &ProcessCpu::waiting));

template <>
inline constexpr std::string_view def_of<CpuQuota> = "cpuQuota";
template <>
inline constexpr auto fields_of<CpuQuota> = table(
    field("cores", "The smallest quota of the control group and those above it", &CpuQuota::cores),
    field<Bytes>("setting", "The file that sets it", &CpuQuota::setting),
    field("periods", "In which the group had something to run", &CpuQuota::periods),
    field("throttledPeriods", "Of these: it used up its quota", &CpuQuota::throttled_periods),
    field("throttledSeconds", "Of all CPUs together", &CpuQuota::throttled_seconds));

inline std::optional<ProcessCpu> busiest_server(const Cpu& cpu) {
  const auto busiest = std::ranges::max_element(cpu.servers, {}, &ProcessCpu::busiest_thread);
  return busiest == cpu.servers.end() ? std::nullopt : std::optional(*busiest);
}
template <>
inline constexpr auto fields_of<Cpu> =
    table(group("hammer", "", field("busy", "", &Cpu::busy),
                field("busiestThread", "", &Cpu::busiest_thread),
                field("waiting", "As in servers", &Cpu::waiting),
                field("quota", "Of its control group; null without one", &Cpu::quota)),
          group("machine", "All programs together", field("busy", "", &Cpu::machine_busy),
                field("cores", "", &Cpu::machine_cores)),
          derived("server", "The busiest of the servers", busiest_server),
          field("servers",
                "Processes that listen on a target's port, their children and the children of "
                "those, and others that hold its connections, if they are on this machine and may "
                "be read; or the one of plan.serverAdmin",
                &Cpu::servers),
          field("serverCores", "That the servers may run on, together", &Cpu::server_cores),
          field("serverQuota", "Of the servers' control group that was throttled most",
                &Cpu::server_quota));

template <>
inline constexpr auto fields_of<ServerSide> = table(
    field("version", "Of tws-server", &ServerSide::version),
    field("onThisMachine", "Else its CPU is not hammer's", &ServerSide::on_this_machine),
    field("inThisNetwork", "In hammer's network namespace, so that counters count both ends",
          &ServerSide::in_this_network),
    field("answers", "How often it was asked and answered", &ServerSide::answers),
    field("failures", "How often it did not answer", &ServerSide::failures),
    field<EmptyIsNull<std::string, Bytes>>("failure", "Why, the first time", &ServerSide::failure),
    field<EmptyIsNull<double>>("failedSinceSeconds", "When that was", &ServerSide::failed_since),
    field("lastAnswerSeconds", "What is told is as of then", &ServerSide::last_answer),
    group("machine", "All programs of its machine together",
          field("busy", "", &ServerSide::machine_busy),
          field("cores", "", &ServerSide::machine_cores)),
    group("limits", "", field("somaxconn", "Longest accept queue", &ServerSide::somaxconn),
          field("maxTimeWait", "Size of its TIME_WAIT table", &ServerSide::max_time_wait)),
    field("counters", "As counters, of the server's network namespace", &ServerSide::counters));

}  // namespace tws
