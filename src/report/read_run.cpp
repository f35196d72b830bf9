#include "tws/report/read_run.hpp"

#include "tws/support/errors.hpp"
#include "tws/support/units.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <exception>

namespace tws {

using boost::system::error_code;

namespace {

namespace json = boost::json;

constexpr std::uint64_t most_counted = 1'000'000'000'000'000;

// All of these throw where the value is not what it should be; read_run tells where that leads.
template <typename T>
T get(const json::value& value) {
  if constexpr (std::is_floating_point_v<T>) {
    const double number = value.to_number<double>();
    if (!(std::abs(number) <= countable)) throw std::out_of_range("not a number");
    return number;
  } else {
    return json::value_to<T>(value);
  }
}

template <typename T>
std::optional<T> optional(const json::object& from, std::string_view key) {
  const json::value* value = from.if_contains(key);
  if (!value || value->is_null()) return {};
  return get<T>(*value);
}

template <typename T>
T required(const json::object& from, std::string_view key) {
  return get<T>(from.at(key));
}

// What was counted, far below where sums of it overflow.
std::uint64_t count_of(const json::value& value) {
  const auto number = get<std::uint64_t>(value);
  if (number > most_counted) throw std::out_of_range("count");
  return number;
}

std::uint64_t count(const json::object& from, std::string_view key) {
  return count_of(from.at(key));
}

std::chrono::nanoseconds time_of(double seconds) {
  if (std::abs(seconds) > 1e9) throw std::out_of_range("time");
  return std::chrono::nanoseconds(std::llround(seconds * 1e9));
}

CloseBy close_by_of(const std::string& text) {
  for (const auto close_by : {CloseBy::server, CloseBy::client, CloseBy::reset})
    if (text == name(close_by)) return close_by;
  throw std::out_of_range("closeBy");
}

PortChoice ports_of(const std::string& text) {
  for (const auto choice : {PortChoice::kernel, PortChoice::rotate})
    if (text == name(choice)) return choice;
  throw std::out_of_range("ports");
}

Plan read_plan(const json::object& from) {
  Plan plan;
  plan.urls = required<std::vector<std::string>>(from, "urls");
  if (const auto duration = optional<double>(from, "durationSeconds"))
    plan.duration = time_of(*duration);
  plan.requests = optional<std::uint64_t>(from, "requests");
  plan.rate = optional<double>(from, "rate");
  if (plan.rate && *plan.rate <= 0) throw std::out_of_range("rate");
  plan.connections = required<std::uint32_t>(from, "connections");
  plan.threads = required<std::uint32_t>(from, "threads");
  if (plan.connections == 0 || plan.threads == 0) throw std::out_of_range("connections");
  plan.method = required<std::string>(from, "method");
  plan.timeout = time_of(required<double>(from, "timeoutSeconds"));
  plan.connect_timeout = time_of(required<double>(from, "connectTimeoutSeconds"));
  plan.requests_per_connection = optional<std::uint64_t>(from, "requestsPerConnection");
  plan.close_by = close_by_of(required<std::string>(from, "closeBy"));
  plan.ports = ports_of(required<std::string>(from, "ports"));
  plan.sources = required<std::vector<std::string>>(from, "sources");
  if (const auto& range = from.at("portRange"); !range.is_null())
    plan.port_range = PortRange{required<std::uint16_t>(range.as_object(), "low"),
                                required<std::uint16_t>(range.as_object(), "high")};
  plan.server_admin = optional<std::string>(from, "serverAdmin");
  return plan;
}

Limits read_limits_of(const json::object& from) {
  Limits limits;
  const auto low = optional<std::uint16_t>(from, "portLow");
  const auto high = optional<std::uint16_t>(from, "portHigh");
  if (low && high && *low <= *high) limits.ports = PortRange{*low, *high};
  limits.reserved_ports = optional<std::uint64_t>(from, "reservedPorts");
  limits.held_ports = optional<std::uint64_t>(from, "heldPorts");
  limits.usable_ports = optional<std::uint64_t>(from, "usablePorts");
  limits.port_step_width = optional<std::uint64_t>(from, "portStepWidth");
  limits.time_wait_seconds = optional<double>(from, "timeWaitSeconds");
  if (const auto reuse = optional<std::string>(from, "reuse"))
    for (const auto value : {TimeWaitReuse::Off, TimeWaitReuse::Loopback, TimeWaitReuse::On})
      if (*reuse == name(value)) limits.reuse = value;
  limits.reuse_delay_seconds = optional<double>(from, "reuseDelaySeconds");
  limits.timestamps = optional<bool>(from, "timestamps");
  limits.max_time_wait = optional<std::uint64_t>(from, "maxTimeWait");
  limits.open_files = optional<std::uint64_t>(from, "openFiles");
  limits.somaxconn = optional<std::uint64_t>(from, "somaxconn");
  limits.syn_backlog = optional<std::uint64_t>(from, "synBacklog");
  limits.conntrack_count = optional<std::uint64_t>(from, "conntrackCount");
  limits.conntrack_max = optional<std::uint64_t>(from, "conntrackMax");
  return limits;
}

StateCounts read_states(const json::object& from) {
  StateCounts counts;
  for (const auto state : tcp_states)
    if (const auto* number = from.if_contains(name(state))) counts[state] = count_of(*number);
  return counts;
}

std::optional<Census> read_census(const json::value& from) {
  if (from.is_null()) return {};
  const auto& object = from.as_object();
  Census census;
  census.client = read_states(object.at("client").as_object());
  census.server = read_states(object.at("server").as_object());
  census.client_ports = count(object, "clientPorts");
  return census;
}

using KindOf = std::optional<FailureKind> (*)(std::string_view);

Failures read_failures(const json::object& from, KindOf kind_of) {
  Failures failures;
  const auto& firsts = from.at("firstFailureSeconds").as_object();
  for (const auto& [name, number] : from.at("failed").as_object()) {
    const auto kind = kind_of(name);
    if (!kind) throw std::out_of_range("a kind of failure");
    failures[*kind] = {count_of(number), time_of(optional<double>(firsts, name).value_or(0))};
  }
  return failures;
}

Histogram read_histogram(const json::object& from) {
  Histogram::Saved saved;
  saved.min = required<std::uint64_t>(from, "min");
  saved.max = required<std::uint64_t>(from, "max");
  saved.sum = required<std::uint64_t>(from, "sum");
  saved.overflow = required<std::uint64_t>(from, "overflow");
  saved.buckets = required<std::vector<std::pair<std::uint64_t, std::uint64_t>>>(from, "buckets");
  if (saved.min > saved.max) throw std::out_of_range("histogram");
  std::uint64_t all = 0;
  for (const auto& [value, number] : saved.buckets) {
    if (number > most_counted - all) throw std::out_of_range("histogram");
    all += number;
  }
  return Histogram::load(saved);
}

// `connection_seconds`: what the shares of the time are shares of.
Tally read_tally(const json::object& root, double connection_seconds) {
  Tally tally;
  const auto& attempts = root.at("attempts").as_object();
  tally.attempts_started = count(attempts, "started");
  tally.attempts_connected = count(attempts, "connected");
  tally.attempts_failed = read_failures(attempts, attempt_failure);
  tally.time_in_connect_call = time_of(required<double>(attempts, "secondsInConnectCall"));

  const auto& requests = root.at("requests").as_object();
  tally.requests_started = count(requests, "started");
  tally.requests_failed = read_failures(requests, request_failure);
  tally.stale_reuses = count(requests, "sentAgain");
  tally.partial_body_bytes = optional<std::uint64_t>(requests, "partialBodyBytes").value_or(0);
  tally.extra_bytes = count(requests, "extraBytes");
  for (const auto& [code, number] : root.at("statusCodeDistribution").as_object())
    tally.responses_by_status.at(static_cast<std::size_t>(std::stoul(std::string(code)))) =
        count_of(number);
  tally.body_bytes = count(root.at("summary").as_object(), "totalData");

  const auto& connections = root.at("connections").as_object();
  const auto& closed = connections.at("closedBy").as_object();
  tally.closed_by_client = count(closed, "client");
  tally.closed_by_server = count(closed, "server");
  tally.closed_by_reset = count(closed, "reset");
  tally.server_kept_open = count(connections, "serverKeptOpen");
  tally.peak_open = count(connections, "peak");
  tally.own_ports_given_up = optional<bool>(connections, "ownPortsGivenUp").value_or(false);

  const auto& time = root.at("time").as_object();
  tally.longest_standstill =
      time_of(optional<double>(time, "longestStandstillSeconds").value_or(0));
  const auto& shares = time.at("shares").as_object();
  for (std::size_t i = 0; i < phase_names.size(); ++i)
    tally.time_in_phase[i] =
        time_of(connection_seconds * optional<double>(shares, phase_names[i]).value_or(0));
  for (const auto& one : root.at("inFlight").as_object().at("all").as_array()) {
    const auto phase =
        std::find(phase_names.begin(), phase_names.end(), one.as_array().at(0).as_string());
    if (phase == phase_names.end()) throw std::out_of_range("phase");
    tally.in_flight.push_back({static_cast<Phase>(phase - phase_names.begin()),
                               time_of(get<double>(one.as_array().at(1)))});
  }

  // Runs of hammer 0.1.0 have no rate.
  if (const auto* rate = root.if_contains("rate"); rate && !rate->is_null()) {
    const auto& kept = rate->as_object();
    tally.begun_late = count(kept, "begunLate");
    tally.never_begun = count(kept, "neverBegun");
    tally.oldest_never_begun = time_of(required<double>(kept, "oldestNeverBegunSeconds"));
  }
  const auto& histograms = root.at("histograms").as_object();
  if (const auto* delay = histograms.if_contains("beginDelay"))
    tally.begin_delay = read_histogram(delay->as_object());
  if (const auto* service = histograms.if_contains("serviceTime"))
    tally.service_time = read_histogram(service->as_object());
  tally.latency = read_histogram(histograms.at("latency").as_object());
  tally.latency_of_refused = read_histogram(histograms.at("latencyNotSuccessful").as_object());
  tally.first_byte = read_histogram(histograms.at("firstByte").as_object());
  tally.connect = read_histogram(histograms.at("connect").as_object());
  return tally;
}

Cpu read_cpu(const json::object& from) {
  Cpu cpu;
  const auto& hammer = from.at("hammer").as_object();
  cpu.busy = required<double>(hammer, "busy");
  cpu.busiest_thread = required<double>(hammer, "busiestThread");
  const auto& machine = from.at("machine").as_object();
  cpu.machine_busy = optional<double>(machine, "busy");
  cpu.machine_cores = required<unsigned>(machine, "cores");
  for (const auto& value : from.at("servers").as_array()) {
    const auto& server = value.as_object();
    cpu.servers.push_back({required<int>(server, "pid"), required<std::string>(server, "name"),
                           required<double>(server, "busy"),
                           required<double>(server, "busiestThread"),
                           optional<std::uint64_t>(server, "openFiles"),
                           optional<std::uint64_t>(server, "openFileLimit")});
  }
  return cpu;
}

// Runs of hammer 0.1.0 have none.
std::optional<ServerSide> read_server_side(const json::value* value) {
  if (!value || value->is_null()) return {};
  const auto& from = value->as_object();
  const auto& machine = from.at("machine").as_object();
  const auto& limits = from.at("limits").as_object();
  ServerSide side;
  side.version = required<std::string>(from, "version");
  side.on_this_machine = required<bool>(from, "onThisMachine");
  side.in_this_network = required<bool>(from, "inThisNetwork");
  side.answers = required<std::uint64_t>(from, "answers");
  side.failures = required<std::uint64_t>(from, "failures");
  side.failure = optional<std::string>(from, "failure").value_or("");
  side.failed_since = optional<double>(from, "failedSinceSeconds").value_or(0);
  side.last_answer = required<double>(from, "lastAnswerSeconds");
  side.machine_busy = optional<double>(machine, "busy");
  side.machine_cores = required<unsigned>(machine, "cores");
  side.somaxconn = optional<std::uint64_t>(limits, "somaxconn");
  side.max_time_wait = optional<std::uint64_t>(limits, "maxTimeWait");
  side.counters = required<Counters>(from, "counters");
  return side;
}

// Runs of hammer 0.1.0 have none.
std::optional<Simulated> read_simulated(const json::value* value) {
  if (!value || value->is_null()) return {};
  const auto& from = value->as_object();
  return Simulated{required<std::string>(from, "system"), required<std::string>(from, "command"),
                   optional<std::string>(from, "unchecked").value_or(""),
                   optional<std::string>(from, "check").value_or("")};
}

std::vector<Sample> read_timeline(const json::array& from) {
  std::vector<Sample> samples;
  for (const auto& value : from) {
    const auto& one = value.as_object();
    samples.push_back({required<double>(one, "t"), count(one, "requests"), count(one, "errors"),
                       optional<double>(one, "p50"), optional<double>(one, "p99"),
                       optional<std::uint64_t>(one, "timeWait"), read_census(one.at("sockets"))});
  }
  return samples;
}

Run read(const json::object& root) {
  Run run;
  run.plan = read_plan(root.at("plan").as_object());
  run.source_addresses = count(root.at("plan").as_object(), "sourceAddresses");
  const auto& environment = root.at("environment").as_object();
  run.environment.os = optional<std::string>(environment, "os").value_or("");
  run.environment.kernel = optional<std::string>(environment, "kernel").value_or("");
  run.environment.cpus = optional<unsigned>(environment, "cpus").value_or(0);
  run.environment.version = optional<std::string>(environment, "version").value_or("");
  run.environment.started_at = optional<std::string>(environment, "startedAt").value_or("");
  for (const auto& value : root.at("targets").as_array()) {
    const auto& target = value.as_object();
    run.targets.push_back({required<std::string>(target, "url"),
                           optional<std::string>(target, "address").value_or(""),
                           required<std::vector<std::string>>(target, "refused")});
  }
  // No name, no lookup, no time.
  const double lookup =
      required<double>(root.at("details").as_object().at("DNSLookup").as_object(), "average");
  if (lookup > 0) run.lookup_seconds = lookup;
  run.seconds = required<double>(root.at("summary").as_object(), "total");
  if (run.seconds < 0) throw std::out_of_range("total");
  run.signal = optional<int>(root, "signalNumber");
  run.tally = read_tally(root, run.plan.connections * run.seconds);
  run.timeline = read_timeline(root.at("timeline").as_array());
  run.limits = read_limits_of(root.at("limits").as_object());
  run.sockets_before = read_census(root.at("sockets").as_object().at("before"));
  run.sockets_after = read_census(root.at("sockets").as_object().at("after"));
  run.counters = required<Counters>(root, "counters");
  run.cpu = read_cpu(root.at("cpu").as_object());
  run.server_side = read_server_side(root.if_contains("serverSide"));
  run.simulated = read_simulated(root.if_contains("simulation"));
  if (run.simulated)
    for (auto* census : {&run.sockets_before, &run.sockets_after})
      if (*census) (*census)->source = CensusSource::Simulation;
  run.censuses = count(root.at("census").as_object(), "count");
  run.plan.census = run.censuses > 0;
  run.census_seconds = required<double>(root.at("census").as_object(), "seconds");
  return run;
}

}  // namespace

Run read_run(std::string_view text, const std::string& name) {
  error_code error;
  json::value value;
  try {
    value = json::parse({text.data(), text.size()}, error);
  } catch (const std::exception& failure) {
    throw RunError(fmt::format("{}: not JSON: {}", name, failure.what()));
  }
  if (error) throw RunError(fmt::format("{}: not JSON: {}", name, error.message()));
  const json::object* root = value.if_object();
  const json::value* schema = root ? root->if_contains("schema") : nullptr;
  if (schema && schema->is_string() && schema->as_string().starts_with("hammer-lab/"))
    throw RunError(
        fmt::format("{}: several runs, of hammer lab: each is at scenarios[].run", name));
  if (schema && schema->is_string() && schema->as_string().starts_with("hammer-simulations/"))
    throw RunError(
        fmt::format("{}: sums over many runs, of hammer simulate --repeat: no run is in it", name));
  if (!schema || !schema->is_string() || !schema->as_string().starts_with("hammer/"))
    throw RunError(
        fmt::format("{}: not a run of hammer: it has no \"schema\": \"hammer/1\"", name));
  if (schema->as_string() != "hammer/1")
    throw RunError(fmt::format("{}: written by another hammer: \"{}\", and this one reads hammer/1",
                               name, std::string(schema->as_string())));
  try {
    return read(*root);
  } catch (const std::exception& failure) {
    throw RunError(fmt::format("{}: damaged: {}", name, failure.what()));
  }
}

}  // namespace tws
