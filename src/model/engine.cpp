#include "model/engine.hpp"

#include "support/units.hpp"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <utility>

namespace tws::model {
namespace {

constexpr int ok = 200;
constexpr int most_samples = 36'000;  // one hour at the usual width

// Longer for very long runs, which would otherwise spend most of their time on samples.
Time interval_of(const Plan& plan) {
  const Time duration = plan.duration.value_or(Time::zero());
  return sample_interval * (1 + duration / (most_samples * sample_interval));
}

Time rounded(double nanoseconds) {
  return Time(static_cast<Time::rep>(std::llround(nanoseconds)));
}

}  // namespace

Engine::Engine(const Simulation& simulation, Kernel& kernel, Random& random, Time start)
    : simulation_(simulation),
      plan_(simulation.plan),
      kernel_(kernel),
      random_(random),
      start_(start),
      now_(start),
      end_(plan_.duration ? start + *plan_.duration : Time::max()),
      pacer_(pacer_of(plan_, 0, 1)),
      numbers_(connections_of(plan_)),
      books_(Moment(start), plan_.is_paced()),
      connections_(plan_.connections, Connection(books_)),
      threads_(plan_.threads),
      servers_(simulation.targets),
      interval_(interval_of(plan_)),
      timeline_(interval_),
      next_sample_(start + interval_),
      turns_(turns_of(plan_)) {
  for (Connection& c : connections_) c.away = !numbers_.empty();
}

Time Engine::run(Run& run) {
  run.sockets_before = kernel_.census(now_);
  const auto counters = kernel_.counters();
  begin_stage();
  for (std::uint32_t who = 0; who < connections_.size(); ++who) {
    ready(who);
  }
  while (!events_.empty() && events_.top().at < end_) {
    const Event event = events_.top();
    events_.pop();
    turn_until(event.at);
    sample_until(event.at);
    now_ = event.at;
    happen(event);
  }
  if (plan_.duration && !events_.empty()) {
    turn_until(end_);
    sample_until(end_);
    now_ = end_;
  }
  run.counters = difference(counters, kernel_.counters());
  finish(run);
  return now_;
}

void Engine::plan(Time at, Kind kind, std::uint32_t who) {
  events_.push({at, planned_++, who, kind});
}

void Engine::happen(const Event& event) {
  switch (event.kind) {
    case Kind::thread:
      return worked(event.who);
    case Kind::server:
      return served(event.who);
    case Kind::answer:
      return answer(event.who);
    case Kind::connected:
      return connected(connections_[event.who], event.who);
    case Kind::syn_again:
      return send_syn_again(connections_[event.who], event.who);
    case Kind::due:
    case Kind::pause_over:
      return ready(event.who);
  }
}

void Engine::ready(std::uint32_t who) {
  const auto thread = who % static_cast<std::uint32_t>(threads_.size());
  threads_[thread].line.push_back(who);
  if (!threads_[thread].at_work) work(thread);
}

// Begins the next work of the queue.
void Engine::work(std::uint32_t number) {
  Processor& thread = threads_[number];
  while (!thread.at_work && !thread.line.empty()) {
    const auto who = thread.line.front();
    thread.line.pop_front();
    const auto takes = begin(connections_[who], who);
    if (!takes) continue;
    thread.at_work = who;
    thread.busy += std::min(*takes, end_ - now_);
    plan(now_ + *takes, Kind::thread, number);
  }
}

// The work of a thread for a connection: process its response and begin its next request. Returns
// how long that takes; nothing: there is no request to begin now.
std::optional<Time> Engine::begin(Connection& c, std::uint32_t who) {
  if (std::exchange(c.answered, false)) respond(c);
  if (!numbers_.empty() && !c.taken && !is_there(c, who)) return {};
  const bool was_waiting = c.taken;
  if (!was_waiting && !take_request(c)) {
    c.ledger.rest(now());
    return {};
  }
  if (pacer_ && !was_waiting && c.ledger.due() > now()) {
    c.ledger.rest(now());
    plan(c.ledger.due().time_since_epoch(), Kind::due, who);
    return {};
  }
  c.taken = false;
  c.ledger.begin(now(), was_waiting);
  return c.established ? begin_request(c) : begin_attempt(c);
}

bool Engine::take_request(Connection& c) {
  if (plan_.requests && taken_ >= *plan_.requests) return false;
  c.ledger.take(Moment(start_ + (pacer_ ? pacer_->due(taken_) : Time::zero())));
  ++taken_;
  c.taken = true;
  return true;
}

Time Engine::begin_request(Connection& c) {
  c.ledger.request(now());
  return rounded(random_.about(static_cast<double>(simulation_.costs.request.count())));
}

Time Engine::begin_attempt(Connection& c) {
  const auto number = books_.tally.attempts_started;
  c.ledger.attempt(now());
  c.served = 0;
  c.syns_again = 0;
  // Each target in turn, from each source in turn.
  c.target = static_cast<std::uint32_t>(number % simulation_.targets);
  const auto source =
      static_cast<std::uint32_t>(number / simulation_.targets % simulation_.sources);
  c.attempt = kernel_.connect(source, c.target, now_);
  const auto search = simulation_.system.search_cost * c.attempt.looked_at;
  const auto mean = static_cast<double>(simulation_.costs.connection.count());
  const auto call = search + (c.attempt.slot ? rounded(random_.about(mean)) : Time::zero());
  books_.tally.time_in_connect_call += call;
  return call + rounded(random_.about(static_cast<double>(simulation_.costs.request.count())));
}

// A thread has finished its current work.
void Engine::worked(std::uint32_t number) {
  const auto who = *std::exchange(threads_[number].at_work, {});
  Connection& c = connections_[who];
  if (c.established) {
    c.ledger.sent(now());
    arrive(c, who);
  } else if (!c.attempt.slot) {
    attempt_failed(c, who, EADDRNOTAVAIL);
  } else if (!kernel_.lets_through(c.attempt.pair, now_)) {
    plan_syn(c, who);
  } else if (simulation_.round_trip > Time::zero()) {
    plan(now_ + simulation_.round_trip, Kind::connected, who);
  } else {
    connected(c, who);
  }
  work(number);
}

// The next SYN, or the connect time-out of hammer or of the kernel.
void Engine::plan_syn(Connection& c, std::uint32_t who) {
  const auto& again = simulation_.system.syn_again;
  Time next = std::min<Time>(plan_.connect_timeout, simulation_.system.connect_timeout);
  if (c.syns_again < again.size()) next = std::min<Time>(next, again[c.syns_again]);
  plan(c.ledger.begun().time_since_epoch() + next, Kind::syn_again, who);
}

void Engine::send_syn_again(Connection& c, std::uint32_t who) {
  const auto age = now() - c.ledger.begun();
  if (age >= std::min<Time>(plan_.connect_timeout, simulation_.system.connect_timeout)) {
    kernel_.abandon(*c.attempt.slot, false, now_);
    const bool by_hammer = plan_.connect_timeout <= simulation_.system.connect_timeout;
    return attempt_failed(c, who, by_hammer ? FailureKind(Cause::timeout) : FailureKind(ETIMEDOUT));
  }
  ++c.syns_again;
  if (kernel_.is_in_the_way(c.attempt.pair, now_))
    plan_syn(c, who);
  else
    connected(c, who);
}

void Engine::connected(Connection& c, std::uint32_t who) {
  kernel_.established();
  c.established = true;
  c.ledger.connected(now());
  c.ledger.sent(now());
  arrive(c, who);
}

void Engine::attempt_failed(Connection& c, std::uint32_t who, const FailureKind& kind) {
  c.ledger.attempt_failed(kind, now());
  plan(now_ + c.ledger.pause(now()), Kind::pause_over, who);
}

void Engine::arrive(Connection& c, std::uint32_t who) {
  servers_[c.target].line.push_back(who);
  if (!servers_[c.target].at_work) serve(c.target);
}

void Engine::serve(std::uint32_t target) {
  Processor& server = servers_[target];
  if (server.line.empty()) return;
  server.at_work = server.line.front();
  server.line.pop_front();
  const Connection& c = connections_[*server.at_work];
  auto mean = static_cast<double>(simulation_.costs.request.count());
  if (c.served == 0) mean += static_cast<double>(simulation_.costs.connection.count());
  const Time takes = rounded(random_.about(mean));
  server.busy += std::min(takes, end_ - now_);
  plan(now_ + takes + (simulation_.sequential ? simulation_.delay : Time::zero()), Kind::server,
       target);
}

void Engine::served(std::uint32_t target) {
  const auto who = *std::exchange(servers_[target].at_work, {});
  const Time later =
      simulation_.round_trip + (simulation_.sequential ? Time::zero() : simulation_.delay);
  if (later > Time::zero())
    plan(now_ + later, Kind::answer, who);
  else
    answer(who);
  serve(target);
}

void Engine::answer(std::uint32_t who) {
  connections_[who].answered = true;
  ready(who);
}

void Engine::respond(Connection& c) {
  c.ledger.first_byte(now());
  c.ledger.responded(ok, 0, now());
  ++c.served;
  if (plan_.requests_per_connection == c.served) close(c);
}

void Engine::close(Connection& c) {
  kernel_.close(*c.attempt.slot, c.attempt.pair, now_);
  c.established = false;
  const auto by = plan_.close_by;
  c.ledger.closed(by == CloseBy::client   ? Closer::client
                  : by == CloseBy::server ? Closer::server
                                          : Closer::reset);
}

void Engine::sample_until(Time time) {
  while (next_sample_ <= time) {
    now_ = next_sample_;
    sample();
    next_sample_ += interval_;
  }
}

void Engine::sample() {
  timeline_.add(books_.tick);
  timeline_.add_census(now_ - start_, kernel_.census(now_));
  books_.tick = Tick{};
  books_.tick.from = now_ - start_;
}

void Engine::finish(Run& run) {
  const auto remaining = plan_.requests ? *plan_.requests - taken_ : UINT64_MAX;
  if (pacer_) books_.count_untaken(*pacer_, taken_, remaining, now());
  run.sockets_after = kernel_.census(now_);
  if (books_.tick.attempts + books_.tick.requests > 0) timeline_.add(books_.tick);
  for (Connection& c : connections_) {
    // hammer closes open connections and gives up attempts.
    const bool has_port = c.ledger.phase() == Phase::connect && c.attempt.slot;
    if (!c.away) c.ledger.finish(0, now());
    if (c.established) c.ledger.closed(Closer::client);
    if (c.established || has_port) kernel_.abandon(*c.attempt.slot, c.established, now_);
  }
  run.seconds = to_seconds(now_ - start_);
  end_stage();
  if (stages_.empty()) run.tally = std::move(books_.tally);
  for (const StageRun& stage : stages_) run.tally.append(stage.tally);
  run.stages = std::move(stages_);
  run.timeline = std::move(timeline_).finish(now_ - start_);
  run.censuses = run.timeline.size() + 2;
  tell_cpu(std::vector<Time>(threads_.size() + servers_.size()), run.seconds, run.cpu);
}

}  // namespace tws::model
