#include "machines_json.hpp"

#include "json_values.hpp"

#include <algorithm>
#include <utility>

namespace tws {

namespace json = boost::json;

json::object limits_json(const Limits& limits) {
  const bool known = limits.ports.has_value();
  return {{"portLow", known ? json::value(limits.ports->low) : json::value(nullptr)},
          {"portHigh", known ? json::value(limits.ports->high) : json::value(nullptr)},
          {"reservedPorts", or_null(limits.reserved_ports)},
          {"heldPorts", or_null(limits.held_ports)},
          {"usablePorts", or_null(limits.usable_ports)},
          {"portStepWidth", or_null(limits.port_step_width)},
          {"timeWaitSeconds", or_null(limits.time_wait_seconds)},
          {"reuse", limits.reuse ? json::value(name(*limits.reuse)) : json::value(nullptr)},
          {"reuseDelaySeconds", or_null(limits.reuse_delay_seconds)},
          {"timestamps", or_null(limits.timestamps)},
          {"maxTimeWait", or_null(limits.max_time_wait)},
          {"openFiles", or_null(limits.open_files)},
          {"somaxconn", or_null(limits.somaxconn)},
          {"synBacklog", or_null(limits.syn_backlog)},
          {"conntrackCount", or_null(limits.conntrack_count)},
          {"conntrackMax", or_null(limits.conntrack_max)}};
}

namespace {

json::object process_json(const ProcessCpu& process) {
  return {{"pid", process.pid},
          {"name", process.name},
          {"busy", process.busy},
          {"busiestThread", process.busiest_thread},
          {"openFiles", or_null(process.open_files)},
          {"openFileLimit", or_null(process.open_file_limit)}};
}

}  // namespace

json::object cpu_json(const Cpu& cpu) {
  json::array servers;
  json::value busiest = nullptr;
  double most = -1;
  for (const ProcessCpu& server : cpu.servers) {
    servers.push_back(process_json(server));
    if (server.busiest_thread > std::exchange(most, std::max(most, server.busiest_thread)))
      busiest = servers.back();
  }
  return {{"hammer", {{"busy", cpu.busy}, {"busiestThread", cpu.busiest_thread}}},
          {"machine", {{"busy", or_null(cpu.machine_busy)}, {"cores", cpu.machine_cores}}},
          {"server", busiest},
          {"servers", servers}};
}

json::value server_side_json(const std::optional<ServerSide>& side) {
  if (!side) return nullptr;
  const bool failed = side->failures > 0;
  return {
      {"version", side->version},
      {"onThisMachine", side->on_this_machine},
      {"inThisNetwork", side->in_this_network},
      {"answers", side->answers},
      {"failures", side->failures},
      {"failure", failed ? json::value(side->failure) : json::value(nullptr)},
      {"failedSinceSeconds", failed ? json::value(side->failed_since) : json::value(nullptr)},
      {"lastAnswerSeconds", side->last_answer},
      {"machine", {{"busy", or_null(side->machine_busy)}, {"cores", side->machine_cores}}},
      {"limits",
       {{"somaxconn", or_null(side->somaxconn)}, {"maxTimeWait", or_null(side->max_time_wait)}}},
      {"counters", json::value_from(side->counters)}};
}

}  // namespace tws
