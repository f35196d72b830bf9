// What sockets and ports did over the time of a run.
#include "report/html_charts.hpp"
#include "report/html_text.hpp"
#include "report/svg_chart.hpp"
#include "support/units.hpp"
#include "tws/measure/facts.hpp"
#include "tws/model/budget.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

namespace tws {
namespace {

constexpr std::array<std::string_view, 6> looks{"s1", "s2", "s3", "s4", "s5", "s6"};

struct Seen {
  double at = 0;
  Census census;
};

// The censuses before, during and after the run.
std::vector<Seen> censuses(const Run& run, const Columns& columns) {
  std::vector<Seen> all;
  if (run.sockets_before) all.push_back({0, *run.sockets_before});
  for (const TimeColumn& one : columns)
    if (one.sockets) all.push_back({one.to, *one.sockets});
  if (run.sockets_after) all.push_back({run.seconds, *run.sockets_after});
  return all;
}

std::vector<std::pair<double, std::string>> places_of(const std::vector<Seen>& all) {
  std::vector<std::pair<double, std::string>> places;
  for (const Seen& one : all) places.emplace_back(one.at, fmt::format("{:.5g} s", one.at));
  return places;
}

// Sockets of one side in one state, at each census.
struct StateCurve {
  std::string name;
  std::vector<std::uint64_t> counts;
  std::uint64_t most = 0;
};

std::vector<StateCurve> state_curves(const std::vector<Seen>& all) {
  std::vector<StateCurve> curves;
  for (const auto side : {&Census::client, &Census::server})
    for (const TcpState state : tcp_states) {
      StateCurve curve{
          fmt::format("{} {}", side == &Census::client ? "client" : "server", name(state)), {}};
      for (const Seen& one : all) {
        curve.counts.push_back((one.census.*side)[state]);
        curve.most = std::max(curve.most, curve.counts.back());
      }
      if (curve.most > 0) curves.push_back(std::move(curve));
    }
  std::ranges::stable_sort(curves, std::ranges::greater{}, &StateCurve::most);
  return curves;
}

// Ports that a connection holds beyond its life, for as long as TIME_WAIT: what the budget counts
// with, for what the run has made so far.
std::vector<Step> predicted_ports(const Run& run, const Demand& demand, const Columns& columns) {
  const double hold = demand.hold_seconds > 0 ? run.limits.time_wait_seconds.value_or(60) : 0;
  const auto all = static_cast<double>(budget(demand).tuples);
  const double open = run.plan.connections;
  std::vector<Step> points{{0, 0, std::min(static_cast<double>(demand.held), all)}};
  if (hold == 0) {
    points.front().value = std::min(points.front().value + open, all);
    points.push_back({0, end_of(run, columns), points.front().value});
    return points;
  }
  for (const TimeColumn& one : columns) {
    const double made = run.plan.rate && demand.rate
                            ? *demand.rate * std::min(one.to, hold)
                            : (successes_until(run, one.to) - successes_until(run, one.to - hold)) /
                                  requests_each(run.plan);
    points.push_back({0, one.to, std::min(static_cast<double>(demand.held) + made, all)});
  }
  return points;
}

// The value of a curve through these points, in words.
std::string value_at(const std::vector<Step>& points, double at) {
  const auto next = std::ranges::find_if(points, [&](const Step& one) { return one.to >= at; });
  if (next == points.begin() || next == points.end())
    return format_count(whole((next == points.end() ? points.back() : *next).value));
  const Step& last = *std::prev(next);
  return format_count(
      whole(std::lerp(last.value, next->value, (at - last.to) / (next->to - last.to))));
}

std::string ports_caption(const Run& run, const Demand& demand, const Budget& budget) {
  std::string text = "Measured are the source ports that the kernel's list of sockets shows. ";
  if (demand.hold_seconds == 0)
    return text + fmt::format("Predicted: {}, since {}.", plural(run.plan.connections, "port"),
                              run.plan.keep_alive()
                                  ? "each connection is kept and holds one"
                                  : "a port is free again when its connection ends");
  text += fmt::format("Predicted: each connection {} holds one for {}.",
                      run.plan.rate ? "of the planned rate" : "that was made",
                      round_time_words(run.limits.time_wait_seconds.value_or(60)));
  if (demand.hold_seconds < run.limits.time_wait_seconds.value_or(60))
    text += fmt::format(" The kernel gives it to a new connection after {} already.",
                        round_time_words(demand.hold_seconds));
  if (budget.exhausted_at_seconds)
    text += fmt::format(" At the planned rate the ports last {}.",
                        time_words(*budget.exhausted_at_seconds));
  return text;
}

}  // namespace

std::string sockets_figure(const Run& run, const Columns& columns) {
  constexpr std::string_view id = "sockets", title = "Sockets by state and side";
  const auto all = censuses(run, columns);
  if (all.empty()) return no_figure(id, title, "Not counted: no census was taken.");
  const auto curves = state_curves(all);
  if (curves.empty()) return no_figure(id, title, "No census saw a socket of the targets.");
  Chart chart{.id = std::string(id),
              .title = std::string(title),
              .unit = "sockets",
              .caption = {},
              .alone = {},
              .x = time_axis(end_of(run, columns)),
              .y = count_axis(static_cast<double>(curves.front().most))};
  chart.places = places_of(all);
  std::string others;
  for (const StateCurve& curve : curves) {
    Series series{curve.name, {}, {}, {}};
    std::vector<Step> points;
    for (std::size_t i = 0; i < all.size(); ++i) {
      series.values.push_back(format_count(curve.counts[i]));
      points.push_back({0, all[i].at, static_cast<double>(curve.counts[i])});
    }
    if (chart.series.size() < looks.size()) {
      series.look = looks[chart.series.size()];
      series.path = line_path(points, chart.x, chart.y);
      chart.series.push_back(std::move(series));
    } else {
      others += fmt::format("{}{} ({} at most)", others.empty() ? " Not drawn: " : ", ", curve.name,
                            format_count(curve.most));
    }
  }
  chart.alone = fmt::format("Sockets of the targets by state; most of all {}: {}",
                            curves.front().name, format_count(curves.front().most));
  chart.caption = escaped(fmt::format("{}. {}{}{}", chart.alone,
                                      plural(all.size(), "census", "es") + " of the kernel's list.",
                                      others, others.empty() ? "" : "."));
  return figure(chart);
}

std::string ports_figure(const Run& run, const Columns& columns) {
  constexpr std::string_view id = "ports", title = "Source ports in use";
  const Demand demand = demand_of(run);
  const Budget reach = budget(demand);
  if (reach.tuples == 0)
    return no_figure(id, title, "Unknown: this system does not tell its range of ports.");
  if (columns.empty()) return no_figure(id, title, "The run has no time line.");
  const auto all = censuses(run, columns);
  const auto predicted = predicted_ports(run, demand, columns);
  std::vector<Step> measured;
  double highest = std::ranges::max(predicted, {}, &Step::value).value;
  for (const Seen& one : all) {
    measured.push_back({0, one.at, static_cast<double>(tuples_held(demand, one.census))});
    highest = std::max(highest, measured.back().value);
  }
  // The ceiling is in the picture unless it is so far that the curves would lie on the axis.
  constexpr double far = 20;
  const auto ceiling = static_cast<double>(reach.tuples);
  const bool is_near = ceiling <= highest * far;
  Chart chart{.id = std::string(id),
              .title = std::string(title),
              .unit = "ports",
              .caption = {},
              .alone = {},
              .x = time_axis(end_of(run, columns)),
              .y = count_axis(is_near ? ceiling : highest)};
  if (is_near) {
    chart.y.to = std::max(chart.y.to, ceiling * 1.1);  // room for the words above it
    chart.levels.push_back({ceiling, fmt::format("all {} ports", format_count(reach.tuples))});
    if (reach.search_slow_from)
      chart.levels.push_back({ceiling / 2, "half: the kernel's search slows down"});
  }
  chart.series.push_back({"predicted", "s2", {}, line_path(predicted, chart.x, chart.y)});
  if (!measured.empty()) {
    for (const Step& one : measured)
      chart.series.front().values.push_back(value_at(predicted, one.to));
    Series series{"measured", "s1", {}, line_path(measured, chart.x, chart.y)};
    for (const Step& one : measured) series.values.push_back(format_count(whole(one.value)));
    chart.series.push_back(std::move(series));
    chart.places = places_of(all);
  }
  chart.alone =
      measured.empty()
          ? "Not measured: no census was taken"
          : fmt::format("{} of {} at most",
                        format_count(whole(std::ranges::max(measured, {}, &Step::value).value)),
                        plural(reach.tuples, "port"));
  chart.caption = escaped(fmt::format("{}. {}", chart.alone, ports_caption(run, demand, reach)));
  return figure(chart);
}

}  // namespace tws
