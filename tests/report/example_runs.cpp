#include "report/example_runs.hpp"

#include "tws/model/simulation.hpp"

#include <cerrno>
#include <cmath>
#include <csignal>

namespace tws::examples {
namespace {

using namespace std::chrono_literals;

Run blank(bool keep_alive) {
  Run run;
  run.plan.urls = {"http://127.0.0.1:3779/"};
  run.plan.duration = 10s;
  run.plan.connections = 50;
  run.plan.threads = 2;
  if (!keep_alive) run.plan.requests_per_connection = 1;
  run.environment = {"Linux", "6.18.44", 2, "0.1.0", "2026-11-24T08:16:35Z"};
  run.targets = {{"http://127.0.0.1:3779/", "127.0.0.1:3779", {}}};
  run.seconds = 10.0034;
  run.limits.ports = PortRange{32768, 60999};
  run.limits.reserved.emplace();
  run.limits.reserved_ports = 0;
  run.limits.usable_ports = 28232;
  run.limits.time_wait_seconds = 60;
  run.limits.reuse = TimeWaitReuse::Loopback;
  run.limits.reuse_delay_seconds = 1;
  run.limits.max_time_wait = 131072;
  run.limits.open_files = 1048576;
  run.limits.somaxconn = 4096;
  run.sockets_before.emplace();
  run.sockets_before->server[TcpState::Listen] = 2;
  run.sockets_before->seconds = 0.0002;
  run.censuses = 12;
  run.census_seconds = 0.0153;
  return run;
}

// `count` values in geometric progression.
void spread(Histogram& histogram, std::uint64_t count, double fastest, double slowest) {
  for (std::uint64_t i = 0; i < count; ++i) {
    const double part = count > 1 ? static_cast<double>(i) / static_cast<double>(count - 1) : 0;
    const double value = fastest * std::pow(slowest / fastest, part);
    histogram.record(std::chrono::nanoseconds{std::llround(value * 1e9)});
  }
}

std::chrono::nanoseconds seconds(double value) {
  return std::chrono::nanoseconds{std::llround(value * 1e9)};
}

// Samples up to run.seconds; `requests`, `errors` and `ports` say how many of each at a time.
template <typename Requests, typename Errors, typename Ports>
void fill_timeline(Run& run, Requests requests, Errors errors, Ports ports) {
  const auto count = static_cast<int>(std::ceil(run.seconds * 10));
  for (int i = 1; i <= count; ++i) {
    Sample sample;
    sample.t = std::min(i / 10.0, run.seconds);
    // The last one is shorter.
    const double part = std::min(1.0, (run.seconds - (i - 1) / 10.0) * 10);
    sample.requests = static_cast<std::uint64_t>(static_cast<double>(requests(sample.t)) * part);
    sample.errors = errors(sample.t);
    sample.time_wait = ports(sample.t);
    Histogram latency(Histogram::two_digits);
    spread(latency, sample.requests, 0.0008, 0.004);
    sample.latency = PackedHistogram(latency);
    if (i % 10 == 0) {
      sample.sockets.emplace();
      sample.sockets->client_ports = ports(sample.t);
      sample.sockets->client[TcpState::TimeWait] = ports(sample.t);
    }
    run.timeline.push_back(sample);
  }
}

void fly(Run& run, Phase phase, int count, double youngest, double step) {
  for (int i = 0; i < count; ++i)
    run.tally.in_flight.push_back({phase, seconds(youngest + step * i)});
}

}  // namespace

Run keep_alive() {
  Run run = blank(true);
  Tally& tally = run.tally;
  tally.attempts_started = tally.attempts_connected = tally.peak_open = 50;
  tally.responses_by_status[200] = 468093;
  tally.requests_started = 468143;
  tally.body_bytes = 468093 * 19;
  tally.closed_by_client = 50;
  spread(tally.latency, 468000, 0.0002, 0.0024);
  spread(tally.latency, 93, 0.004, 0.0135);
  spread(tally.first_byte, 468093, 0.00019, 0.0134);
  spread(tally.connect, 50, 0.00003, 0.0004);
  tally.time_in_phase = {seconds(0.01), 0s, seconds(12.4), seconds(480.1), seconds(7.6), 0s};
  fly(run, Phase::wait, 48, 0.00001, 0.00002);
  fly(run, Phase::read, 2, 0.0009, 0);
  fill_timeline(
      run, [](double t) { return static_cast<std::uint64_t>(4680 + 300 * std::sin(t * 3)); },
      [](double) { return 0u; }, [](double) { return 50u; });
  run.sockets_after = run.sockets_before;
  run.sockets_after->client[TcpState::Established] = 50;
  run.sockets_after->server[TcpState::Established] = 50;
  run.sockets_after->client_ports = 50;
  run.counters = {{"Tcp.ActiveOpens", 50}, {"Tcp.PassiveOpens", 50}, {"TcpExt.TCPHPHits", 468093}};
  return run;
}

Run article() {
  Run run = blank(false);
  run.limits.ports = PortRange{49152, 65535};
  run.limits.usable_ports = 16384;
  Tally& tally = run.tally;
  tally.attempts_started = 16434;
  tally.attempts_connected = tally.requests_started = 16384;
  tally.responses_by_status[200] = 16384;
  tally.peak_open = 50;
  tally.body_bytes = 16384 * 19;
  tally.closed_by_server = 16384;
  spread(tally.latency, 15756, 0.0001, 0.002);
  spread(tally.latency, 565, 0.002, 0.012);
  spread(tally.latency, 63, 0.9, 6.7146);
  spread(tally.first_byte, 16384, 0.0001, 6.7145);
  spread(tally.connect, 16384, 0.00005, 6.7);
  tally.time_in_phase = {seconds(478.3), 0s, seconds(0.4), seconds(20.9), seconds(0.5), 0s};
  fly(run, Phase::connect, 50, 6.51, 0.02);
  fill_timeline(
      run, [](double t) { return t <= 2.8 ? 585u : 0u; }, [](double) { return 0u; },
      [](double) { return 50u; });
  run.sockets_after = run.sockets_before;
  run.sockets_after->client[TcpState::SynSent] = 50;
  run.sockets_after->client_ports = 50;
  run.sockets_after->server[TcpState::TimeWait] = 16384;
  return run;
}

Run ports_exhausted() {
  Run run = blank(false);
  run.plan.close_by = CloseBy::client;
  run.plan.port_range = PortRange{49152, 65535};
  run.limits.ports = PortRange{32768, 65535};
  run.limits.usable_ports = 32768;
  run.limits.port_step_width = 4096;
  run.limits.reuse = TimeWaitReuse::Off;
  Tally& tally = run.tally;
  tally.attempts_started = 20935;
  tally.attempts_connected = tally.requests_started = 16384;
  tally.attempts_failed[EADDRNOTAVAIL] = {4551, seconds(1.0842)};
  tally.responses_by_status[200] = 16384;
  tally.peak_open = 50;
  tally.body_bytes = 16384 * 19;
  tally.closed_by_client = 16384;
  spread(tally.latency, 16384, 0.0004, 0.021);
  spread(tally.first_byte, 16384, 0.0004, 0.0209);
  spread(tally.connect, 16384, 0.00005, 0.011);
  tally.time_in_phase = {seconds(28.1), 0s,           seconds(1.9),
                         seconds(22.6), seconds(1.1), seconds(446.3)};
  fly(run, Phase::backoff, 50, 8.91, 0.0001);
  fill_timeline(
      run, [](double t) { return t < 1.05   ? 1489u
                                 : t < 1.15 ? 1494u
                                            : 0u; },
      [](double t) { return t < 1.1 ? 0u : 51u; },
      [](double t) { return static_cast<std::uint64_t>(std::min(t * 14890, 16384.0)); });
  run.sockets_after = run.sockets_before;
  run.sockets_after->client[TcpState::TimeWait] = 16384;
  run.sockets_after->client_ports = 16384;
  run.counters = {{"Tcp.ActiveOpens", 16384}, {"Tcp.PassiveOpens", 16384}, {"TcpExt.TW", 16384}};
  return run;
}

Run all_failed() {
  Run run = blank(false);
  run.tally.attempts_started = 5003;
  run.tally.attempts_failed[ECONNREFUSED] = {5003, seconds(0.00012)};
  run.tally.time_in_phase[index(Phase::connect)] = seconds(0.4);
  run.tally.time_in_phase[index(Phase::backoff)] = seconds(499.7);
  fill_timeline(
      run, [](double) { return 0u; }, [](double) { return 50u; }, [](double) { return 0u; });
  run.sockets_before = run.sockets_after = Census{};
  run.counters = {{"Tcp.ActiveOpens", 5003}, {"Tcp.AttemptFails", 5003}, {"Tcp.OutRsts", 5003}};
  return run;
}

Run nothing() {
  return Run();
}

Run interrupted() {
  Run run = blank(true);
  run.plan.urls = {"http://localhost:3779/"};
  run.targets = {{"http://localhost:3779/", "127.0.0.1:3779", {"[::1]:3779"}}};
  run.lookup_seconds = 0.00042;
  run.seconds = 3.2;
  run.signal = SIGINT;
  Tally& tally = run.tally;
  tally.attempts_started = tally.attempts_connected = tally.peak_open = 50;
  tally.responses_by_status[200] = 9950;
  tally.requests_started = 10003;
  tally.requests_failed[{Phase::read, Cause::truncated}] = {2, seconds(1.5)};
  tally.requests_failed[{Phase::write, EPIPE}] = {1, seconds(2.25)};
  tally.body_bytes = 9950 * 19;
  tally.closed_by_client = 50;
  spread(tally.latency, 9950, 0.010, 0.018);
  spread(tally.first_byte, 9950, 0.010, 0.018);
  spread(tally.connect, 50, 0.00003, 0.0004);
  tally.time_in_phase = {seconds(0.01), 0s, seconds(0.1), seconds(159.0), seconds(0.7), 0s};
  fly(run, Phase::wait, 49, 0.001, 0.0002);
  fly(run, Phase::read, 1, 0.012, 0);
  fill_timeline(
      run, [](double) { return 311u; }, [](double) { return 0u; }, [](double) { return 50u; });
  run.sockets_before.reset();
  run.censuses = 0;
  run.census_seconds = 0;
  for (Sample& sample : run.timeline) sample.sockets.reset();
  return run;
}

Run refused() {
  Run run = keep_alive();
  Tally& tally = run.tally;
  tally.responses_by_status[503] = 234046;
  tally.responses_by_status[200] = 234047;
  tally.latency.clear();
  spread(tally.latency, 234047, 0.0002, 0.0135);
  spread(tally.latency_of_refused, 234046, 0.0001, 0.0009);
  return run;
}

Run several_urls() {
  Run run = refused();
  run.plan.urls_file = "urls.txt";
  run.plan.lines = {{1, "GET", "http://127.0.0.1:3779/", {}},
                    {1, "POST", "http://127.0.0.1:3779/items", "{{seq}}"}};
  run.tally.by_url = {{"GET", "http://127.0.0.1:3779/", 234047, 234047, 0, seconds(240)},
                      {"POST", "http://127.0.0.1:3779/items", 234046, 0, 7, seconds(240)}};
  spread(run.tally.by_url[0].latency, 234047, 0.0002, 0.0135);
  return run;
}

Run rate_missed() {
  Run run = keep_alive();
  run.plan.rate = 1000;
  Tally& tally = run.tally;
  tally.responses_by_status[200] = 4950;
  tally.requests_started = 5000;
  tally.body_bytes = 4950 * 19;
  for (Histogram* times :
       {&tally.latency, &tally.first_byte, &tally.service_time, &tally.begin_delay})
    times->clear();
  spread(tally.latency, 4950, 0.1, 5);
  spread(tally.first_byte, 4950, 0.1, 5);
  spread(tally.service_time, 4950, 0.1, 0.101);
  spread(tally.begin_delay, 5000, 0.00005, 4.9);
  tally.begun_late = 4950;
  tally.never_begun = 5000;
  tally.oldest_never_begun = seconds(5);
  tally.time_in_phase = {seconds(0.01), 0s, seconds(0.1), seconds(498),
                         seconds(0.1),  0s, seconds(1.9)};
  tally.in_flight.clear();
  fly(run, Phase::wait, 50, 5, 0.001);
  run.timeline.clear();
  fill_timeline(
      run, [](double) { return 49u; }, [](double) { return 0u; }, [](double) { return 50u; });
  return run;
}

Run rate_kept() {
  Run run = rate_missed();
  Tally& tally = run.tally;
  tally.responses_by_status[200] = 9950;
  tally.requests_started = 10000;
  tally.body_bytes = 9950 * 19;
  for (Histogram* times :
       {&tally.latency, &tally.first_byte, &tally.service_time, &tally.begin_delay})
    times->clear();
  spread(tally.latency, 9950, 0.01, 0.011);
  spread(tally.first_byte, 9950, 0.01, 0.011);
  spread(tally.service_time, 9950, 0.01, 0.011);
  spread(tally.begin_delay, 10000, 0.00005, 0.0001);
  tally.begun_late = tally.never_begun = 0;
  tally.oldest_never_begun = 0s;
  tally.time_in_phase = {seconds(0.01), 0s, seconds(0.1), seconds(99),
                         seconds(0.1),  0s, seconds(400)};
  tally.in_flight.clear();
  fly(run, Phase::wait, 50, 0.001, 0);
  run.timeline.clear();
  fill_timeline(
      run, [](double) { return 99u; }, [](double) { return 0u; }, [](double) { return 50u; });
  return run;
}

// The server on another machine, asked how it sees itself; it stopped answering before the end.
Run server_elsewhere() {
  Run run = article();
  run.plan.server_admin = "http://192.0.2.1:9100/";
  run.cpu.servers = {{4711, "tws-server", 0.5, 0.4, 60, 1024}};
  run.server_side.emplace();
  ServerSide& side = *run.server_side;
  side.version = "0.1.0";
  side.answers = 9;
  side.failures = 3;
  side.failure = "connection refused";
  side.failed_since = 8.5;
  side.last_answer = 7.5;
  side.machine_busy = 0.75;
  side.machine_cores = 8;
  side.somaxconn = 4096;
  side.max_time_wait = 131072;
  side.counters = {
      {"Tcp.PassiveOpens", 16384}, {"TcpExt.ListenOverflows", 3}, {"TcpExt.TW", 16384}};
  return run;
}

// A proxy behind a link that is full.
Run proxy() {
  Run run = keep_alive();
  run.way.emplace();
  run.way->client = {50,     450,       20, 3,      0, 0.0002, 0.0204, 400'000, 12,  31,
                     90'000, 9'000'000, 0,  0.0211, 0, 0,      6.1e6,  1448,    1448};
  run.way->server = {50,        450,    440,   2,   31,  0.0002, 0.0209, 700'000, 310, 0,
                     9'000'000, 90'000, 7'000, 480, 1.5, 0.25,   6.2e6,  1448,    536};
  run.way->looks = 9;
  run.way->seconds = 0.0031;
  run.way->interface = InterfaceUse{"eth0", 9'400'000, 9'300'000, 0, 17};
  run.upstreams.emplace();
  run.upstreams->all = {{"10.0.0.9:9000", 28'000, 27'950, 1}, {"[fd00::1]:5432", 20, 0, 0}};
  run.upstreams->usable_ports = 28'232;
  run.upstreams->range = PortRange{32768, 60999};
  run.upstreams->reuse = TimeWaitReuse::Loopback;
  run.upstreams->looks = 10;
  run.upstreams->seconds = 0.021;
  return run;
}

// https: an expired certificate behind one of two names, and sessions resumed.
Run secure() {
  Run run = keep_alive();
  run.plan.urls = {"https://example.com/", "https://www.example.com/"};
  run.targets = {{"https://example.com/", "192.0.2.1:443", {}},
                 {"https://www.example.com/", "192.0.2.2:443", {}}};
  run.plan.requests_per_connection = 100;
  run.plan.tls.authorities = "ca.pem";
  run.plan.tls.resume = 0.5;
  run.plan.tls.versions = "1.3";
  run.plan.connect_to = {"example.com:443:192.0.2.1:443"};
  Tally& tally = run.tally;
  tally.handshakes_full = 2350;
  tally.handshakes_resumed = 2331;
  spread(tally.handshake, 4681, 0.0003, 0.021);
  tally.tls_used = {{0, "TLSv1.3", "TLS_AES_128_GCM_SHA256", "x25519", "ECDSA P-256",
                     "CN=example.com", "CN=Example CA", 4681}};
  tally.tls_words = "certificate has expired";
  tally.requests_failed[{Phase::handshake, TlsFault::expired}] = {612, seconds(0.004)};
  tally.time_in_phase[index(Phase::handshake)] = seconds(4.4);
  tally.time_in_phase[index(Phase::wait)] -= seconds(4.4);
  return run;
}

Run staged() {
  Simulation simulation;
  simulation.system = *find_system("linux");
  simulation.plan.profile.stages = {{1s, 0, 400}, {2s, 400, 400}, {1s, 3000, 3000}};
  simulation.plan.duration = 4s;
  simulation.plan.connections = 10;
  simulation.delay = 10ms;
  Run run = simulate(simulation);
  run.environment.version = "0.1.0";
  run.plan.warm_up = 5s;
  run.warm_up = WarmUp{5, 2000, 1, 10};
  run.simulated = {"Linux", "hammer simulate --stages 1s:400,2s:400,0s:3000,1s:3000", {}, {}};
  return run;
}

Run simulated() {
  Simulation simulation;
  simulation.system = *find_system("macos-12");
  simulation.system.ports = {49152, 50175};
  simulation.plan.duration = 2s;
  simulation.plan.requests_per_connection = 1;
  Run run = simulate(simulation);
  run.environment.version = "0.1.0";
  run.simulated = {"macOS 12", "hammer simulate --os macos-12 -z 2s --disable-keepalive",
                   std::string(simulation.system.unchecked),
                   "tws-server --mode spawn & hammer -z 2s --disable-keepalive"};
  return run;
}

std::vector<Named> all() {
  return {{"keep_alive", keep_alive()},
          {"article", article()},
          {"ports_exhausted", ports_exhausted()},
          {"all_failed", all_failed()},
          {"nothing", nothing()},
          {"interrupted", interrupted()},
          {"refused", refused()},
          {"several_urls", several_urls()},
          {"rate_missed", rate_missed()},
          {"rate_kept", rate_kept()},
          {"server_elsewhere", server_elsewhere()},
          {"proxy", proxy()},
          {"secure", secure()},
          {"staged", staged()},
          {"simulated", simulated()}};
}

}  // namespace tws::examples
