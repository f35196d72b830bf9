#include "diagnose/findings.hpp"
#include "support/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tws::diagnosis {
namespace {

constexpr PortRange widest{1024, 65535};

enum class Reach { no_ceiling, enough, unknown, too_little };

struct Way {
  Reach reach;
  Remedy remedy;
};

// So many connections as the run needs, in words.
std::string wanted_text(const Facts& f) {
  if (f.run.plan.rate || (f.run.plan.requests && !f.run.plan.duration))
    return fmt::format("the {} that were asked for", format_count(*f.connections_wanted));
  return fmt::format("the ~{} that it could make", roughly(*f.connections_wanted));
}

// With ports as `demand` says: for how many connections, and is that what this run needs?
Way held_against_the_need(const Facts& f, std::string action, const Demand& demand) {
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
  const double per_second = other.before_search_per_second.value_or(*other.sustained_per_second);
  const auto most = comes_back ? whole(std::floor(per_second * f.seconds))
                               : most_connections_in(demand, f.seconds);
  auto effect =
      !comes_back ? fmt::format("up to {} connections in this run", format_count(most))
      : other.before_search_per_second
          ? fmt::format("about {} connections per second, beyond which the kernel searches",
                        rounded(per_second))
          : fmt::format("up to {} connections per second", rounded(per_second));
  if (!f.connections_wanted) return {Reach::unknown, {std::move(action), std::move(effect)}};
  const bool enough = most >= *f.connections_wanted;
  effect += fmt::format(", {}enough for {}", enough ? "" : "not ", wanted_text(f));
  return {enough ? Reach::enough : Reach::too_little, {std::move(action), std::move(effect)}};
}

// Any address of 127.0.0.0/8 is this machine's own, without setup.
bool has_more_loopback_addresses(const Facts& f) {
  return f.linux && f.on_loopback && f.demand.sources == 1 &&
         std::all_of(f.run.targets.begin(), f.run.targets.end(), [](const TargetUsed& target) {
           const auto address = address_in(target.address);
           return address && address->is_v4();
         });
}

// Two addresses, or as many as the run needs.
Way more_sources(const Facts& f) {
  Demand more = f.demand;
  more.sources = 2;
  auto way = held_against_the_need(f, "--source 127.0.0.1,127.0.0.2", more);
  // A network has two addresses less than numbers; beyond a thousand there is no point.
  for (int bits = 29; bits >= 22 && way.reach == Reach::too_little; --bits) {
    more.sources = (std::uint64_t{1} << (32 - bits)) - 2;
    way = held_against_the_need(f, fmt::format("--source 127.1.0.0/{}", bits), more);
    way.remedy.effect =
        fmt::format("{} addresses, {}", format_count(more.sources), way.remedy.effect);
  }
  return way;
}

void add_kept_connections(const Facts& f, std::vector<Way>& ways) {
  const Plan& plan = f.run.plan;
  if (!plan.requests_per_connection) return;
  ways.push_back(
      {Reach::no_ceiling,
       {plan.keep_alive() ? "leave out --requests-per-connection" : "leave out --disable-keepalive",
        fmt::format("no ceiling, {} connections serve the whole run",
                    format_count(plan.connections))}});
}

void add_other_closers(const Facts& f, std::vector<Way>& ways) {
  const Plan& plan = f.run.plan;
  if (f.linux && plan.close_by == CloseBy::client && plan.ports == PortChoice::kernel &&
      f.run.limits.timestamps.value_or(true))
    ways.push_back(
        {Reach::no_ceiling,
         {"--ports rotate",
          "no ceiling and no search: hammer takes its ports in turn, and TCP time stamps let "
          "a new connection take over a TIME_WAIT"}});
  if (f.linux && plan.close_by == CloseBy::client)
    ways.push_back({Reach::no_ceiling,
                    {"--close-by server",
                     "no ceiling, since TIME_WAIT stays on the server's side, where Linux lets a "
                     "new SYN take it over"}});
  if (plan.close_by != CloseBy::reset)
    ways.push_back(
        {Reach::no_ceiling,
         {"--close-by reset", "no TIME_WAIT and no ceiling; the server sees ECONNRESET"}});
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

void add_settings(const Facts& f, std::vector<Way>& ways) {
  const Limits& limits = f.run.limits;
  const auto with_undo = [&](Way way, std::string setting) {
    way.remedy.effect += fmt::format("; sysctl {} undoes it", setting);
    ways.push_back(std::move(way));
  };
  if (f.budget.burst && !f.reuse_applies && limits.timestamps.value_or(true) && limits.reuse) {
    Demand reused = f.demand;
    reused.hold_seconds = limits.reuse_delay_seconds.value_or(1);
    auto way = held_against_the_need(f, "sysctl net.ipv4.tcp_tw_reuse=1 (root)", reused);
    way.remedy.effect = fmt::format("a port is free again after {}, so {}",
                                    format_duration(reused.hold_seconds), way.remedy.effect);
    with_undo(std::move(way), fmt::format("net.ipv4.tcp_tw_reuse={}", setting_of(*limits.reuse)));
  }
  // It does nothing for a run that takes a part of the range.
  if (!f.run.plan.port_range && limits.ports && limits.ports->size() < widest.size()) {
    Demand wide = f.demand;
    wide.ports = widest.size() - std::min<std::uint64_t>(limits.reserved_ports.value_or(0) +
                                                             limits.held_ports.value_or(0),
                                                         widest.size());
    with_undo(
        held_against_the_need(f, "sysctl net.ipv4.ip_local_port_range='1024 65535' (root)", wide),
        fmt::format("net.ipv4.ip_local_port_range='{} {}'", limits.ports->low, limits.ports->high));
  }
}

std::vector<Way> all_ways(const Facts& f) {
  std::vector<Way> ways;
  const Plan& plan = f.run.plan;
  if (f.budget.burst) {
    add_kept_connections(f, ways);
    add_other_closers(f, ways);
  } else {
    const auto free = f.budget.tuples - std::min(f.demand.held, f.budget.tuples);
    ways.push_back({Reach::enough,
                    {fmt::format("-c {}", std::max<std::uint64_t>(free, 1)),
                     "as many connections at once as there are ports"}});
  }
  if (plan.port_range && f.run.limits.usable_ports > f.demand.ports) {
    Demand all = f.demand;
    all.ports = *f.run.limits.usable_ports;
    ways.push_back(held_against_the_need(f, "leave out --port-range", all));
  }
  if (has_more_loopback_addresses(f)) ways.push_back(more_sources(f));
  if (f.linux) add_settings(f, ways);
  std::stable_sort(ways.begin(), ways.end(),
                   [](const Way& a, const Way& b) { return a.reach < b.reach; });
  return ways;
}

}  // namespace

std::vector<Remedy> ways_past_the_ceiling(const Facts& f) {
  std::vector<Remedy> remedies;
  for (Way& way : all_ways(f)) remedies.push_back(std::move(way.remedy));
  return remedies;
}

std::vector<Remedy> ways_without_a_ceiling(const Facts& f) {
  std::vector<Remedy> remedies;
  for (Way& way : all_ways(f))
    if (way.reach == Reach::no_ceiling) remedies.push_back(std::move(way.remedy));
  return remedies;
}

}  // namespace tws::diagnosis
