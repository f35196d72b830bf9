// What a load that changes over time adds to the simulation: stages, and connections that come and
// go.
#include "measure/presence.hpp"
#include "model/engine.hpp"
#include "support/units.hpp"

#include <algorithm>
#include <utility>

namespace tws::model {

// Whether the connection may begin a request. One that has to go closes.
bool Engine::is_there(Connection& c, std::uint32_t who) {
  if (c.away) return join(c, who);
  if (now_ < c.goes) return true;
  if (std::exchange(c.established, false)) {
    c.ledger.closed(Closer::client);
    kernel_.abandon(*c.attempt.slot, true, now_);
  }
  c.ledger.rest(now());
  return join(c, who);
}

// Whether it comes now, not later or never.
bool Engine::join(Connection& c, std::uint32_t who) {
  const auto coming = comes(numbers_, who, now_ - start_);
  c.away = !coming || start_ + *coming > now_;
  if (c.away) {
    if (coming) plan(start_ + *coming, Kind::due, who);
    return false;
  }
  const auto going = goes(numbers_, who, now_ - start_);
  c.goes = going ? start_ + *going : Time::max();
  c.ledger.join(now());
  return true;
}

void Engine::turn_until(Time time) {
  while (!stages_.empty() && stages_.size() <= turns_.size() &&
         start_ + turns_[stages_.size() - 1] <= time) {
    now_ = start_ + turns_[stages_.size() - 1];
    turn();
  }
}

void Engine::turn() {
  Tally next;
  next.peak_open = books_.open;
  const auto remaining = plan_.requests ? *plan_.requests - taken_ : UINT64_MAX;
  if (pacer_) books_.count_untaken(*pacer_, taken_, remaining, now());
  for (Connection& c : connections_)
    if (!c.away) c.ledger.turn(next, now());
  end_stage();
  books_.tally = std::move(next);
  begin_stage();
}

void Engine::begin_stage() {
  if (plan_.profile.stages.empty()) return;
  StageRun& stage = stages_.emplace_back();
  stage.from = to_seconds(now_ - start_);
  stage.sockets_before = kernel_.census(now_);
  counters_before_ = kernel_.counters();
  done_before_ = work_done();
}

void Engine::end_stage() {
  if (stages_.empty()) return;
  StageRun& stage = stages_.back();
  stage.seconds = to_seconds(now_ - start_) - stage.from;
  stage.tally = std::move(books_.tally);
  stage.sockets_after = kernel_.census(now_);
  stage.counters = difference(counters_before_, kernel_.counters());
  tell_cpu(done_before_, stage.seconds, stage.cpu);
}

// Of the threads, then of the servers.
std::vector<Time> Engine::work_done() const {
  std::vector<Time> done;
  for (const auto* all : {&threads_, &servers_})
    for (const Processor& one : *all) done.push_back(one.busy);
  return done;
}

void Engine::tell_cpu(const std::vector<Time>& before, double seconds, Cpu& cpu) const {
  cpu.machine_cores = plan_.threads + simulation_.targets;
  if (seconds <= 0) return;
  const auto done = work_done();
  ProcessCpu server;
  server.name = servers_.size() > 1 ? "servers" : "server";
  for (std::size_t i = 0; i < done.size(); ++i) {
    const double busy = to_seconds(done[i] - before[i]) / seconds;
    const bool is_thread = i < threads_.size();
    double& sum = is_thread ? cpu.busy : server.busy;
    double& busiest = is_thread ? cpu.busiest_thread : server.busiest_thread;
    sum += busy;
    busiest = std::max(busiest, busy);
  }
  cpu.servers.push_back(server);
}

}  // namespace tws::model
