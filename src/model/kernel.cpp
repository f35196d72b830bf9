#include "model/kernel.hpp"

namespace tws::model {
namespace {

PortOrder order_of(const Simulation& simulation) {
  return port_order(simulation.system, simulation.plan);
}

std::uint32_t ports_of(const Simulation& simulation) {
  const Plan& plan = simulation.plan;
  if (plan.ports == PortChoice::rotate)
    return rotated_ports(plan, simulation.sources, simulation.system.ports).size();
  return plan.port_range.value_or(simulation.system.ports).size();
}

// The number of targets that have their own set of ports for each source.
std::uint32_t lanes_per_source(const Simulation& simulation) {
  return simulation.system.ports_shared ? simulation.targets : 1;
}

std::uint64_t slots_of(const Simulation& simulation) {
  return PortTable::slots_needed(order_of(simulation), ports_of(simulation),
                                 std::uint64_t{simulation.sources} * lanes_per_source(simulation));
}

SystemRules rules_of(const Simulation& simulation) {
  auto rules = simulation.system;
  if (!keeps_time_wait(rules, simulation.on_loopback)) rules.max_time_wait = 0;
  // A bound port may be reused in TIME_WAIT at once (net/ipv4/tcp_ipv4.c, tcp_twsk_unique: !twp).
  if (simulation.plan.ports == PortChoice::rotate) rules.reuse_delay = Time::zero();
  return rules;
}

bool reuses(const Simulation& simulation) {
  if (simulation.plan.close_by != CloseBy::client) return false;
  return simulation.plan.ports == PortChoice::rotate ||
         reuses_time_wait(simulation.system, simulation.on_loopback);
}

}  // namespace

Kernel::Kernel(const Simulation& simulation)
    : rules_(rules_of(simulation)),
      close_by_(simulation.plan.close_by),
      targets_(simulation.targets),
      lanes_per_source_(lanes_per_source(simulation)),
      random_(simulation.seed),
      ports_(order_of(simulation), ports_of(simulation), simulation.sources * lanes_per_source_,
             random_, simulation.system.port_step_width),
      waits_(rules_, ports_needed(simulation), reuses(simulation), random_),
      users_(ports_of(simulation)) {}

std::uint64_t Kernel::ports_needed(const Simulation& simulation) {
  // If a port is held for all targets, it still makes a different pair with each of them.
  return slots_of(simulation) * (simulation.targets / lanes_per_source(simulation));
}

Attempt Kernel::connect(std::uint32_t source, std::uint32_t target, Time now) {
  advance(now);
  const bool shared = lanes_per_source_ > 1 || targets_ == 1;
  const auto choice = ports_.choose(shared ? source * lanes_per_source_ + target : source);
  Attempt attempt{choice.slot, 0, choice.looked_at};
  if (!choice.slot) return attempt;
  ++attempts_;  // an attempt without a port changes no counter
  attempt.pair = *choice.slot;
  if (!shared) attempt.pair += target * static_cast<std::uint32_t>(ports_.slots());
  if (close_by_ == CloseBy::client && waits_.contains(*choice.slot)) {
    waits_.take_over(*choice.slot);
    remove_user(*choice.slot);
    ++recycled_;
  }
  add_user(*choice.slot);
  ++attempting_;
  return attempt;
}

bool Kernel::draw(Growth growth) {
  return growth != Growth::random || random_.coin();
}

bool Kernel::lets_through(std::uint32_t pair, Time now) {
  if (!is_in_the_way(pair, now)) return true;
  const SynRules& syn = rules_.syn;
  const bool sequence = draw(syn.sequence) && waits_.is_passed(pair, now);
  const bool time_stamp = draw(syn.time_stamp);
  if (syn.either_will_do ? !(sequence || time_stamp) : !(sequence && time_stamp)) return false;
  waits_.take_over(pair);
  return true;
}

bool Kernel::is_in_the_way(std::uint32_t pair, Time now) {
  if (close_by_ != CloseBy::server) return false;
  advance(now);
  return waits_.contains(pair);
}

void Kernel::established() {
  --attempting_;
  ++open_;
  ++accepted_;
}

void Kernel::abandon(Slot slot, bool established, Time now) {
  --(established ? open_ : attempting_);
  remove_user(slot);
  ports_.release(slot);
  waits_.note_close(now);
}

void Kernel::close(Slot slot, std::uint32_t pair, Time now) {
  advance(now);
  --open_;
  waits_.note_close(now);
  bool waits = close_by_ != CloseBy::reset;
  if (waits && !waits_.add(close_by_ == CloseBy::client ? slot : pair, now)) {
    ++overflows_;
    waits = false;
  }
  if (waits) ++waited_;
  if (waits && close_by_ == CloseBy::client) return;  // the port stays held by a TIME_WAIT socket
  remove_user(slot);
  ports_.release(slot);
}

void Kernel::advance(Time now) {
  if (close_by_ == CloseBy::client)
    waits_.advance(
        now, [this](Slot slot) { ports_.release(slot); }, [this](Slot slot) { remove_user(slot); });
  else
    waits_.advance(
        now, [](std::uint32_t) {}, [](std::uint32_t) {});
}

void Kernel::add_user(Slot slot) {
  if (users_[ports_.port(slot)]++ == 0) ++ports_in_use_;
}

void Kernel::remove_user(Slot slot) {
  if (--users_[ports_.port(slot)] == 0) --ports_in_use_;
}

Census Kernel::census(Time now) {
  advance(now);
  Census census;
  census.source = CensusSource::Simulation;
  census.client[TcpState::SynSent] = attempting_;
  census.client[TcpState::Established] = census.server[TcpState::Established] = open_;
  (close_by_ == CloseBy::client ? census.client : census.server)[TcpState::TimeWait] =
      waits_.count();
  census.server[TcpState::Listen] = targets_;
  census.client_ports = ports_in_use_;
  return census;
}

Counters Kernel::counters() const {
  if (rules_.os != "Linux") return {};
  return {{"Tcp.ActiveOpens", attempts_},
          {"Tcp.PassiveOpens", accepted_},
          {"TcpExt.TW", waited_},
          {"TcpExt.TWRecycled", recycled_},
          {"TcpExt.TCPTimeWaitOverflow", overflows_}};
}

}  // namespace tws::model
