#include "diagnose/findings.hpp"
#include "diagnose/port_ways.hpp"
#include "support/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tws::diagnosis {
namespace {

constexpr PortRange widest{1024, 65535};

// So many connections as the run needs, in words.
std::string wanted_text(const Facts& f) {
  if (f.run.plan.rate || (f.run.plan.requests && !f.run.plan.duration))
    return fmt::format("the {} that were asked for", format_count(*f.connections_wanted));
  return fmt::format("the ~{} that it could make", roughly(*f.connections_wanted));
}

// "14,352 to 28,232"
std::string span(double fewest, double most) {
  return fewest == most ? rounded(fewest) : fmt::format("{} to {}", rounded(fewest), rounded(most));
}

// With ports as `demand` says: for how many connections, and is that what this run needs?
PortWay held_against_the_need(const Facts& f, std::string action, const Demand& demand) {
  const auto other = budget(demand);
  // Without TIME_WAIT only as many ports are held as connections are open.
  if (!f.budget.burst) {
    const std::uint64_t open = f.run.plan.connections;
    const bool enough = other.tuples >= open;
    return {enough ? Reach::enough : Reach::too_little,
            {std::move(action),
             fmt::format("{} ports, {}enough for {} connections at once",
                         format_count(other.tuples), enough ? "" : "not ", format_count(open))}};
  }
  if (!other.burst) return {Reach::no_ceiling, {std::move(action), "no ceiling"}};
  const bool comes_back = other.hold_seconds < f.seconds;
  const auto rate = sustained_with_search(demand, f.search_cost, f.run.plan.threads);
  const auto most = most_connections_in(demand, f.seconds);
  const auto reached =
      comes_back ? whole(std::floor(rate.fewest * f.seconds))
                 : connections_with_search(demand, f.seconds, f.connections_wanted.value_or(0),
                                           f.search_cost, f.run.plan.threads);
  auto effect = comes_back ? fmt::format("{} connections per second", span(rate.fewest, rate.most))
                : reached < most
                    ? fmt::format(
                          "about {} connections in this run, as the kernel searches once half of "
                          "the free ports are used",
                          format_count(reached))
                    : fmt::format("up to {} connections in this run", format_count(most));
  if (comes_back && rate.fewest == rate.most) effect = "up to " + effect;
  if (!f.connections_wanted) return {Reach::unknown, {std::move(action), std::move(effect)}};
  const bool enough = reached >= *f.connections_wanted;
  effect += fmt::format(", {}enough for {}", enough ? "" : "not ", wanted_text(f));
  return {enough ? Reach::enough : Reach::too_little, {std::move(action), std::move(effect)}};
}

// Its own ports are of no use to a run right after this one, and no other source has them.
bool must_wait(const Facts& f) {
  constexpr double long_hold = 2;  // seconds
  return f.budget.burst && f.budget.hold_seconds > long_hold &&
         (f.still_held >= f.budget.tuples / 2 || f.failed(EADDRNOTAVAIL) > 0);
}

// Any address of 127.0.0.0/8 is this machine's own, without setup.
bool has_more_loopback_addresses(const Facts& f) {
  return has_fresh_sources(f) && f.demand.sources == 1;
}

// Two addresses, or as many as the run needs; none that it has used.
PortWay more_sources(const Facts& f) {
  Demand more = f.demand;
  more.held = 0;
  PortWay way;
  // A network has two addresses less than numbers; beyond a thousand there is no point.
  for (int bits = 30; bits >= 22 && (bits == 30 || way.reach == Reach::too_little); --bits) {
    more.sources = (std::uint64_t{1} << (32 - bits)) - 2;
    way = held_against_the_need(f, fmt::format("--source 127.1.0.0/{}", bits), more);
    way.remedy.effect =
        fmt::format("{} addresses, {}", format_count(more.sources), way.remedy.effect);
  }
  way.plan = f.run.plan;
  way.sources = more.sources;
  return way;
}

// What needs the ports of this run again: "--wait-drain --close-by server"
PortWay with_the_same_ports(const Facts& f, std::string action, std::string effect, Plan plan) {
  // bind() takes no port in TIME_WAIT that connect() chose, not even where tcp_tw_reuse gives it
  // back to connect().
  const bool binds = plan.ports == PortChoice::rotate && 4 * f.still_held >= f.budget.tuples;
  if (must_wait(f) || binds)
    action = (action.starts_with("leave") ? "--wait-drain, and " : "--wait-drain ") + action;
  return {Reach::no_ceiling, {std::move(action), std::move(effect)}, std::move(plan)};
}

void add_kept_connections(const Facts& f, std::vector<PortWay>& ways) {
  Plan plan = f.run.plan;
  if (!plan.requests_per_connection) return;
  const auto action =
      plan.keep_alive() ? "leave out --requests-per-connection" : "leave out --disable-keepalive";
  plan.requests_per_connection.reset();
  ways.push_back(with_the_same_ports(
      f, action,
      fmt::format("no ceiling, {} connections serve the whole run", format_count(plan.connections)),
      plan));
}

void add_other_closers(const Facts& f, std::vector<PortWay>& ways) {
  const Plan& made = f.run.plan;
  Plan plan = made;
  if (f.linux && made.close_by == CloseBy::client) {
    plan.close_by = CloseBy::server;
    ways.push_back(with_the_same_ports(
        f, "--close-by server",
        "no ceiling, since TIME_WAIT stays on the server's side, where Linux lets a new SYN take "
        "it over",
        plan));
  }
  if (made.close_by != CloseBy::reset) {
    plan.close_by = CloseBy::reset;
    ways.push_back(with_the_same_ports(
        f, "--close-by reset", "no TIME_WAIT and no ceiling; the server sees ECONNRESET", plan));
  }
  if (f.linux && made.close_by == CloseBy::client && made.ports == PortChoice::kernel &&
      f.run.limits.timestamps.value_or(true) && !nothing_came_back(f.run)) {
    plan = made;
    plan.ports = PortChoice::rotate;
    ways.push_back(with_the_same_ports(
        f, "--ports rotate",
        "no ceiling and no search: hammer takes its ports in turn, and TCP time stamps let a new "
        "connection take over a TIME_WAIT",
        plan));
  }
}

// What to write into tcp_tw_reuse.
int setting_of(TimeWaitReuse reuse) {
  switch (reuse) {
    case TimeWaitReuse::Off:
      return 0;
    case TimeWaitReuse::On:
      return 1;
    case TimeWaitReuse::Loopback:
      return 2;
  }
  return 0;
}

void add_settings(const Facts& f, std::vector<PortWay>& ways) {
  const Limits& limits = f.run.limits;
  const auto with_undo = [&](PortWay way, std::string setting) {
    way.remedy.effect += fmt::format("; sysctl {} undoes it", setting);
    ways.push_back(std::move(way));
  };
  if (f.budget.burst && !f.reuse_applies && limits.timestamps.value_or(true) && limits.reuse &&
      !nothing_came_back(f.run)) {
    Demand reused = f.demand;
    reused.held = 0;  // they come back as well
    reused.hold_seconds = limits.reuse_delay_seconds.value_or(1);
    auto way = held_against_the_need(f, "sysctl net.ipv4.tcp_tw_reuse=1 (root)", reused);
    way.remedy.effect = fmt::format("a port is free again after {}, so {}",
                                    format_duration(reused.hold_seconds), way.remedy.effect);
    with_undo(std::move(way), fmt::format("net.ipv4.tcp_tw_reuse={}", setting_of(*limits.reuse)));
  }
  // It does nothing for a run that takes a part of the range.
  if (!f.run.plan.port_range && limits.ports && limits.ports->size() < widest.size()) {
    Demand wide = f.demand;
    wide.held = f.still_held;
    wide.ports = widest.size() - std::min<std::uint64_t>(limits.reserved_ports.value_or(0) +
                                                             limits.held_ports.value_or(0),
                                                         widest.size());
    with_undo(
        held_against_the_need(f, "sysctl net.ipv4.ip_local_port_range='1024 65535' (root)", wide),
        fmt::format("net.ipv4.ip_local_port_range='{} {}'", limits.ports->low, limits.ports->high));
  }
}

}  // namespace

bool has_fresh_sources(const Facts& f) {
  return f.linux && f.on_loopback &&
         std::all_of(f.run.targets.begin(), f.run.targets.end(), [](const TargetUsed& target) {
           const auto address = address_in(target.address);
           return address && address->is_v4();
         });
}

std::optional<PortWay> same_range_as_an_option(const Facts& f) {
  const auto range = f.run.limits.ports;
  if (!range || !f.budget.burst) return {};
  // With random steps it still meets ports that are held, but of no parity all of them.
  std::string effect =
      f.run.limits.port_step_width.value_or(0) > 0
          ? "no search of one half before the other, as no parity comes first (Linux 6.8)"
          : "no search, since the kernel then takes ports in steps of one (Linux 6.8)";
  if (f.best_rate > 0)
    effect += fmt::format("; the ceiling stays: all {} ports are used in about {}",
                          format_count(f.budget.tuples),
                          format_duration(static_cast<double>(f.budget.tuples) / f.best_rate));
  PortWay way{Reach::too_little,
              {fmt::format("--port-range {}-{}", range->low, range->high), std::move(effect)},
              f.run.plan};
  way.plan->port_range = range;
  note_trial(f, way);
  return way;
}

namespace {

PortWay wait_drain(Reach reach) {
  return {
      reach,
      {"--wait-drain", "waits until no port is in TIME_WAIT towards the targets, 70 s at most"}};
}

// Of --ports rotate.
std::vector<PortWay> ways_around_taken_ports(const Facts& f) {
  std::vector<PortWay> ways;
  ways.push_back(wait_drain(Reach::no_ceiling));
  if (has_more_loopback_addresses(f))
    ways.push_back({Reach::no_ceiling,
                    {"--source 127.1.0.1", "another source address, whose ports are free"},
                    f.run.plan});
  return ways;
}

std::vector<PortWay> all_ways(const Facts& f) {
  if (ports_are_taken(f)) return ways_around_taken_ports(f);
  std::vector<PortWay> ways;
  const Plan& plan = f.run.plan;
  if (f.budget.burst) {
    add_kept_connections(f, ways);
    add_other_closers(f, ways);
  } else {
    const auto free = f.budget.tuples - std::min(f.demand.held, f.budget.tuples);
    if (f.demand.held > 0) ways.push_back(wait_drain(Reach::enough));
    if (free > 0) {
      Plan fewer = plan;
      fewer.connections = static_cast<std::uint32_t>(free);
      fewer.threads = std::min(fewer.threads, fewer.connections);
      ways.push_back({Reach::enough,
                      {fmt::format("-c {}", fewer.connections),
                       "as many connections at once as there are free ports"},
                      fewer});
    }
  }
  if (plan.port_range && f.run.limits.usable_ports > f.demand.ports) {
    Demand all = f.demand;
    all.ports = *f.run.limits.usable_ports;
    all.kernel_search = true;
    all.held = f.still_held;
    auto way = held_against_the_need(f, "leave out --port-range", all);
    way.plan = plan;
    way.plan->port_range.reset();
    ways.push_back(std::move(way));
  }
  if (has_more_loopback_addresses(f)) ways.push_back(more_sources(f));
  if (f.linux) add_settings(f, ways);
  return ways;
}

}  // namespace

std::vector<PortWay> ways_past(const Facts& f) {
  auto ways = all_ways(f);
  for (PortWay& way : ways) note_trial(f, way);
  std::stable_sort(ways.begin(), ways.end(),
                   [](const PortWay& a, const PortWay& b) { return a.reach < b.reach; });
  return ways;
}

std::vector<Remedy> ways_past_the_ceiling(const Facts& f) {
  std::vector<Remedy> remedies;
  for (PortWay& way : ways_past(f)) remedies.push_back(std::move(way.remedy));
  return remedies;
}

std::vector<Remedy> ways_without_a_ceiling(const Facts& f) {
  std::vector<Remedy> remedies;
  for (PortWay& way : ways_past(f))
    if (way.reach == Reach::no_ceiling) remedies.push_back(std::move(way.remedy));
  return remedies;
}

}  // namespace tws::diagnosis
