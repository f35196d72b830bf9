#include "tws/load/engine.hpp"

#include "dial.hpp"
#include "server_watch.hpp"
#include "tws/load/target.hpp"
#include "tws/support/endpoint.hpp"
#include "tws/support/errors.hpp"
#include "tws/support/signals.hpp"
#include "tws/support/units.hpp"
#include "tws/system/open_files.hpp"
#include "tws/system/process.hpp"
#include "tws/system/sockstat.hpp"
#include "worker.hpp"

#include <boost/asio/basic_signal_set.hpp>
#include <boost/asio/post.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <memory>
#include <new>
#include <system_error>
#include <thread>

namespace tws::load {
namespace {

using namespace std::chrono_literals;

// A server that is being started at the same moment may take this long to listen.
constexpr auto patience_for_listener = 1s;
// A census is taken once a second, and with every sample as long as all of them together took less
// than this share of the time: a short table is cheap to look at, a long one isn't.
constexpr std::chrono::seconds census_interval{1};
constexpr double census_share = 0.005;
constexpr auto drain_interval = 200ms;
constexpr auto look_again_after = 10ms;
constexpr int most_looks_at_the_end = 10;

Environment describe_environment() {
  Environment environment;
  utsname system{};
  if (::uname(&system) == 0) {
    environment.os = system.sysname;
    environment.kernel = system.release;
  }
  environment.cpus = usable_cpus();
  environment.version = TWS_VERSION;
  environment.started_at = fmt::format("{:%FT%TZ}", fmt::gmtime(std::time(nullptr)));
  return environment;
}

void take_own_ports(Job& job) {
  const Plan& plan = job.plan;
  const auto limits = read_limits();
  const auto range = plan.port_range ? plan.port_range : limits.ports;
  if (!range)
    throw RunError("--ports: 'rotate' needs --port-range, as this system's ports can't be read");
  if (limits.timestamps == false)
    throw RunError(
        "--ports: 'rotate' needs TCP time stamps, which net.ipv4.tcp_timestamps has off: "
        "without them a port in TIME_WAIT can't be taken over (RFC 6191)");
  job.own_ports = rotated_ports(plan, std::max<std::size_t>(job.sources.size(), 1), *range);
  job.reserved = limits.reserved.value_or(std::vector<PortRange>{});
  const auto pairs = SourcePorts(job.own_ports, job.reserved, job.sources, 0, 1).size();
  if (pairs < 2 * std::uint64_t{plan.connections})
    throw RunError(
        fmt::format("--ports: 'rotate' has {} ports and needs two for each of the {} "
                    "connections",
                    format_count(pairs), format_count(plan.connections)));
}

Job prepare(const Plan& plan, Run& run) {
  Job job{plan, resolve_targets(plan, run.lookup_seconds), {}, {}, {}, {}};
  for (const auto& text : plan.sources) {
    const auto addresses = parse_sources(text);
    job.sources.insert(job.sources.end(), addresses.begin(), addresses.end());
  }
  check_sources(job.sources);
  run.source_addresses = std::max<std::size_t>(job.sources.size(), 1);
  if (plan.ports == PortChoice::rotate)
    take_own_ports(job);
  else if (plan.port_range)
    check_port_range(*plan.port_range);
  for (const auto& target : job.targets) {
    for (const auto& source : job.sources)
      if (source.is_v4() != target.endpoint.address().is_v4())
        throw UsageError(fmt::format("--source: '{}' is not of the same IP version as {}",
                                     source.to_string(), endpoint_text(target.endpoint)));
    TargetUsed used{target.url, endpoint_text(target.endpoint), {}};
    for (const auto& endpoint : target.refused) used.refused.push_back(endpoint_text(endpoint));
    run.targets.push_back(std::move(used));
  }
  // Each connection needs a descriptor, each thread's loop two, the rest some more.
  const auto files = raise_open_file_limit();
  if (files < std::uint64_t{plan.connections} + 2 * plan.threads + 16)
    throw RunError(
        fmt::format("--connections: '{}' needs more open files than the {} that this "
                    "process may have (ulimit -n)",
                    plan.connections, files));
  return job;
}

CensusFilter filter_for(const Job& job) {
  CensusFilter filter;
  filter.range = job.plan.port_range ? job.plan.port_range : read_port_range();
  for (const auto& target : job.targets) filter.targets.push_back(target.endpoint);
  return filter;
}

// Whether there are sockets in a state that only lasts until the other end has answered.
bool is_closing(const Census& census) {
  std::uint64_t closing = 0;
  for (const auto* side : {&census.client, &census.server})
    for (const auto state : {TcpState::FinWait1, TcpState::FinWait2, TcpState::Closing,
                             TcpState::CloseWait, TcpState::LastAck})
      closing += (*side)[state];
  return closing > 0;
}

// Waits until no port of this client is held in TIME_WAIT towards the targets.
void wait_for_drain(const CensusFilter& filter, std::chrono::nanoseconds patience,
                    const Observer& observer) {
  const auto end = Clock::now() + patience;
  for (;;) {
    const auto census = take_census(filter);
    if (!census)
      throw RunError("--wait-drain: the sockets can't be read: " +
                     errno_text(census.error().value()));
    const auto held = census->client[TcpState::TimeWait];
    if (held == 0) return;
    if (Clock::now() >= end)
      throw RunError(fmt::format("--wait-drain: after {} there are still {} ports in TIME_WAIT",
                                 format_duration(to_seconds(patience)), format_count(held)));
    observer.on_drain(held, end - Clock::now());
    std::this_thread::sleep_for(drain_interval);
  }
}

// What the main thread does while the workers work: it gathers their ticks, takes the samples of
// the sockets, listens for signals.
class Watch {
 public:
  Watch(const Job& job, ServerWatch& servers, Run& run, const Observer& observer)
      : job_(job), servers_(servers), run_(run), observer_(observer), filter_(filter_for(job)) {
    servers_.begin(job.targets);
    machine_before_ = machine_cpu_seconds();
  }

  // Makes them first, which takes a millisecond: the first requests would begin late.
  void make_workers() {
    const auto& plan = job_.plan;
    const auto threads = std::min(plan.threads, plan.connections);
    try {
      for (std::uint32_t i = 0; i < threads; ++i) {
        auto requests = plan.requests.value_or(UINT64_MAX);
        if (plan.requests) requests = requests / threads + (i < requests % threads ? 1 : 0);
        workers_.push_back(std::make_unique<Worker>(job_, i, threads, requests, [this](Tick tick) {
          asio::post(io_, [this, tick = std::move(tick)] { timeline_.add(tick); });
        }));
      }
    } catch (const std::system_error& error) {
      give_up(error.code().value());
    } catch (const std::bad_alloc&) {
      give_up(ENOMEM);
    }
  }

  void start_workers() {
    try {
      const StopSignalsBlocked in_workers;
      for (auto& worker : workers_)
        threads_.emplace_back([this, &worker = *worker] {
          worker.run();
          asio::post(io_, [this] {
            if (++ended_ == workers_.size()) stop_watching();
          });
        });
    } catch (const std::system_error& error) {
      give_up(error.code().value());
    }
  }

  void watch() {
    wait_for_signal();
    wait_for_sample(1);
    io_.run();
    for (auto& thread : threads_) thread.join();
    Clock::time_point end = job_.start;
    for (const auto& worker : workers_) end = std::max(end, worker->ended_at());
    for (const auto& worker : workers_) {
      worker->account_until(end);
      run_.tally.merge(worker->tally());
    }
    run_.seconds = std::chrono::duration<double>(end - job_.start).count();
    measure_cpu();
    servers_.end(run_);
    run_.timeline = std::move(timeline_).finish(end - job_.start);
  }

  // The last connections may still be saying goodbye to each other; they get a moment for it.
  std::optional<Census> take_census_at_the_end() {
    auto census = take_census_now();
    for (int i = 0; i < most_looks_at_the_end && census && is_closing(*census); ++i) {
      std::this_thread::sleep_for(look_again_after);
      if (!servers_.look_again()) break;
      census = take_census_now();
    }
    return census;
  }

  std::optional<Census> take_census_now() {
    if (!job_.plan.census) return {};
    auto census = take_census(filter_);
    if (!census) return {};
    ++run_.censuses;
    run_.census_seconds += census->seconds;
    servers_.tell(*census);
    return *census;
  }

 private:
  [[noreturn]] void give_up(int error) {
    stop_workers();
    for (auto& thread : threads_) thread.join();
    throw RunError(fmt::format("--threads: '{}' could not be started: {}", job_.plan.threads,
                               errno_text(error)));
  }

  void wait_for_signal() {
    if (!is_ignored(SIGHUP)) signals_.add(SIGHUP);
    signals_.async_wait([this](const error_code& error, int signal) {
      if (error) return;
      run_.signal = signal;
      stop_workers();
      const StopSignalsBlocked meanwhile;
      signals_.clear();
      take_signals_once_more();
    });
  }

  void wait_for_sample(int number) {
    timer_.expires_at(job_.start + number * sample_interval);
    timer_.async_wait([this, number](const error_code& error) {
      if (error || ended_ == workers_.size()) return;
      take_sample();
      const auto passed = (Clock::now() - job_.start) / sample_interval;
      wait_for_sample(std::max(number, static_cast<int>(passed)) + 1);
    });
  }

  void take_sample() {
    const auto elapsed = Clock::now() - job_.start;
    if (const auto sockets = read_sockstat()) timeline_.add_time_wait(elapsed, sockets->time_wait);
    const bool due = elapsed >= next_census_;
    if (due) servers_.look(io_, job_.start, [this] { correct_census(); });
    if (due || run_.census_seconds < census_share * to_seconds(elapsed)) {
      if (due) next_census_ = elapsed + census_interval;
      last_census_ = take_census_now();
      last_census_at_ = elapsed;
      if (last_census_) timeline_.add_census(elapsed, *last_census_);
    }
    observer_.on_progress(elapsed, timeline_);
    const auto patience =
        std::min<std::chrono::nanoseconds>(patience_for_listener, job_.plan.connect_timeout);
    if (timeline_.connected() == 0 && timeline_.attempts() > 0 && elapsed >= patience &&
        !is_local(timeline_.attempt_error()))
      stop_workers();
  }

  // The server has told how its side is now.
  void correct_census() {
    if (!last_census_) return;
    servers_.tell(*last_census_);
    timeline_.add_census(last_census_at_, *last_census_);
  }

  void measure_cpu() {
    if (run_.seconds <= 0) return;
    for (const auto& worker : workers_) {
      const double share = worker->cpu_seconds() / run_.seconds;
      run_.cpu.busy += share;
      run_.cpu.busiest_thread = std::max(run_.cpu.busiest_thread, share);
    }
    run_.cpu.machine_cores = machine_cpus();
    if (const auto after = machine_cpu_seconds(); after && machine_before_)
      run_.cpu.machine_busy = (*after - *machine_before_) / run_.seconds;
  }

  void stop_workers() {
    for (auto& worker : workers_) worker->stop();
  }

  void stop_watching() {
    timer_.cancel();
    signals_.cancel();
    servers_.cancel();
  }

  const Job& job_;
  ServerWatch& servers_;
  Run& run_;
  const Observer& observer_;
  const CensusFilter filter_;

  std::optional<double> machine_before_;
  std::optional<Census> last_census_;
  std::chrono::nanoseconds last_census_at_{};

  asio::io_context io_{1};
  asio::basic_signal_set<Executor> signals_{io_, SIGINT, SIGTERM};
  Timer timer_{io_};
  Timeline timeline_;
  std::chrono::nanoseconds next_census_ = census_interval;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::thread> threads_;
  std::size_t ended_ = 0;  // workers
};

}  // namespace

Run run(const Plan& plan, const Observer& observer) {
  Run run;
  run.plan = plan;
  Job job = prepare(plan, run);
  run.limits = read_limits();
  run.environment = describe_environment();
  ServerWatch servers(plan);

  if (plan.wait_drain) wait_for_drain(filter_for(job), *plan.wait_drain, observer);
  Watch watch(job, servers, run, observer);
  run.sockets_before = watch.take_census_now();
  watch.make_workers();
  observer.on_start(run);
  const auto before = read_counters();
  job.start = Clock::now();
  watch.start_workers();
  watch.watch();
  run.counters = difference(before, read_counters());
  run.sockets_after = watch.take_census_at_the_end();
  return run;
}

}  // namespace tws::load
