#include "tws/report/text.hpp"

#include "http/url.hpp"
#include "report/command_line.hpp"
#include "report/fit.hpp"
#include "report/paint.hpp"
#include "report/summary.hpp"
#include "report/text_parts.hpp"
#include "report/words.hpp"
#include "support/units.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

namespace tws {
namespace {

// One unit for all times of the report, as oha has it: the largest that the slowest request
// exceeds. Its odd ones ("10 sec") are left out.
struct TimeUnit {
  std::string_view name = "sec";
  double seconds = 1;

  // As many decimals as show the first three digits of `time`, and at least `fewest`.
  int decimals(double time, int fewest) const {
    if (!(time > 0)) return fewest;
    const int leading_zeros = static_cast<int>(-std::floor(std::log10(time / seconds)));
    return std::clamp(leading_zeros + 2, fewest, 9);
  }

  std::string operator()(std::optional<double> time) const {
    if (!time) return "-";
    // Nobody reads "9671.8891 ms".
    if (*time >= 1) return fmt::format("{:.4f} sec", *time);
    return fmt::format("{:.{}f} {}", *time / seconds, decimals(*time, 4), name);
  }
};

// Of responses of any status.
double slowest_response(const Tally& tally) {
  return std::max(tally.latency.max().value_or(0), tally.latency_of_refused.max().value_or(0));
}

TimeUnit time_unit(const Tally& tally) {
  constexpr std::array<TimeUnit, 4> units{{{"sec", 1}, {"ms", 1e-3}, {"us", 1e-6}, {"ns", 1e-9}}};
  const double slowest = tally.latency.max().value_or(slowest_response(tally));
  if (slowest == 0) return {};
  return *std::find_if(units.begin(), units.end() - 1,
                       [&](const TimeUnit& unit) { return slowest > unit.seconds; });
}

// What was on its way when the run ended, where it had been so for longer than anything that
// finished took: then the slowest and the average don't tell what happened.
std::optional<double> outlived(const Tally& tally) {
  const auto oldest = unfinished(tally).max();
  return oldest && *oldest > slowest_response(tally) ? oldest : std::nullopt;
}

// What was played, and how somebody who has such a system can hold it against the real thing.
std::string simulated_text(const Run& run, const TextStyle& style) {
  const Simulated& simulated = *run.simulated;
  std::string text =
      shell_lines(simulated.command, style.width) +
      fmt::format("Simulated by the rules of {}:\nno kernel and no server took part.\n",
                  simulated.system);
  if (simulated.unchecked.empty()) return text;
  text += paint("Unchecked: " + simulated.unchecked, Colour::yellow, style) + '\n';
  if (!simulated.check.empty())
    text += "To check it on such a system:\n" + shell_lines(simulated.check, style.width);
  return text;
}

std::string head(const Run& run, const TextStyle& style) {
  std::string text;
  if (run.signal) {
    text += paint(fmt::format("Interrupted by {} after {}: the report covers this time only.",
                              signal_name(*run.signal), format_duration(run.seconds)),
                  Colour::yellow, style);
    text += '\n';
  }
  if (run.stopped_by)
    text += paint(fmt::format("Ended after {} by --threshold '{}'.\n", format_duration(run.seconds),
                              *run.stopped_by),
                  Colour::red, style);
  if (run.simulated) return text + simulated_text(run, style);
  // What was run, to be typed again.
  if (!run.plan.urls.empty())
    text += shell_lines(fmt::format("{}{}", fmt::join(command_line(run.plan), " "),
                                    run.trials.empty() ? "" : " --prove"),
                        style.width);
  for (const TargetUsed& target : run.targets) {
    text += fmt::format("Target: {}{}{} at {}", target.url,
                        run.plan.lines.size() > run.plan.urls.size() ? " and others" : "",
                        run.plan.proxy.empty()
                            ? ""
                            : fmt::format(" by the proxy {}", without_password(run.plan.proxy)),
                        target.address);
    if (target.addresses > 1)
      text += fmt::format(", address {} of {}", target.address_taken, target.addresses);
    if (!target.refused.empty())
      text += fmt::format("; refused: {}", fmt::join(target.refused, ", "));
    text += '\n';
  }
  return text + warm_up_text(run);
}

std::string rate_line(const Run& run) {
  const auto per_second = [&](std::uint64_t count, int decimals = 4) {
    const auto rate = ratio(static_cast<double>(count), run.seconds);
    return rate ? fmt::format("{:.{}f}", *rate, decimals) : "-";
  };
  // A mean of different loads is none of them.
  if (!run.stages.empty()) return "  Requests/sec:\tby stage, see Stages\n";
  const Tally& tally = run.tally;
  std::string line = fmt::format("  Requests/sec:\t{}", per_second(tally.successes()));
  if (tally.responses() != tally.successes() || !tally.attempts_failed.empty())
    line += fmt::format(" (responses/s: {}, connection attempts/s: {})",
                        per_second(tally.responses(), 2), per_second(tally.attempts_started, 2));
  return line + '\n';
}

std::string summary(const Run& run, const TimeUnit& unit, const TextStyle& style) {
  const Tally& tally = run.tally;
  std::string text = "Summary:\n";
  const auto rate = success_rate(tally);
  const auto longer = outlived(tally);
  text += "  Success rate:\t";
  text += rate ? paint(format_percent(*rate),
                       *rate == 1 && !longer ? Colour::green
                       : *rate >= 0.99       ? Colour::yellow
                                             : Colour::red,
                       style)
               : "-";
  const auto stayed = never_left(tally);
  if (stayed > 0)
    text += fmt::format(" (of {} tries; {} never left this machine)", format_count(ended(tally)),
                        format_count(stayed));
  if (longer) {
    text += stayed > 0 ? "\n  Not ended:\t" : " of what ended; ";
    const auto on_the_way = in_flight(tally).on_the_way();
    text += tally.never_begun > 0
                ? fmt::format("{} in flight, {} never sent", on_the_way, tally.never_begun)
                : fmt::format("{} in flight at {}", on_the_way, end_of_run(run));
  }
  text +=
      fmt::format("\n  Total:\t{:.4f} sec\n  Slowest:\t{}", run.seconds, unit(tally.latency.max()));
  if (longer) text += fmt::format(" of what finished; in flight up to {}", unit(*longer));
  text += fmt::format("\n  Fastest:\t{}\n  Average:\t{}\n", unit(tally.latency.min()),
                      unit(tally.latency.mean()));
  text += rate_line(run);

  const auto bytes = static_cast<double>(tally.body_bytes);
  const auto size = [](std::optional<double> count) { return count ? format_bytes(*count) : "-"; };
  text += fmt::format("\n  Total data:\t{}\n  Size/request:\t{}\n  Size/sec:\t{}\n", size(bytes),
                      size(ratio(bytes, static_cast<double>(tally.responses()))),
                      size(ratio(bytes, run.seconds)));
  if (tally.partial_body_bytes > 0)
    text += fmt::format("  Partial data:\t{} more, of bodies that did not come to their end\n",
                        format_bytes(static_cast<double>(tally.partial_body_bytes)));
  if (tally.extra_bytes > 0)
    text += fmt::format("  Extra data:\t{} behind responses, where none belongs\n",
                        format_bytes(static_cast<double>(tally.extra_bytes)));
  text += lenient_lines(tally);
  return text;
}

// Where the numbers of different loads are in one.
std::string_view together(const Run& run) {
  return run.stages.size() > 1 ? " (all stages together)" : "";
}

std::string histogram_text(const Histogram& histogram, std::string_view which, const TimeUnit& unit,
                           const TextStyle& style) {
  std::string text = fmt::format("Response time histogram{}:\n", which);
  const auto all = bins(histogram);
  if (all.empty()) return text + "  -\n";
  const int decimals = unit.decimals(all.front().up_to, 3);
  const auto label = [&](const Bin& bin) {
    return fmt::format("{:.{}f}", bin.up_to / unit.seconds, decimals);
  };
  const std::size_t width = label(all.back()).size();
  std::uint64_t most = 0;
  std::size_t count_width = 0;
  for (const Bin& bin : all) {
    most = std::max(most, bin.count);
    count_width = std::max(count_width, std::to_string(bin.count).size() + 2);
  }
  for (const Bin& bin : all) {
    const int cells = std::clamp(style.width - static_cast<int>(width + count_width) - 9, 8, 32);
    const double share = static_cast<double>(bin.count) / static_cast<double>(most);
    text += fmt::format("  {:>{}} {} {:<{}} |{}\n", label(bin), width, unit.name,
                        fmt::format("[{}]", bin.count), count_width, bar(share, cells, style));
  }
  if (histogram.overflow() > 0)
    text += fmt::format("  {} took more than an hour\n", format_count(histogram.overflow()));
  return text;
}

std::string distribution_text(std::string_view which, const Quantiles& all, const Run& run,
                              const TimeUnit& unit) {
  std::string text = fmt::format("Response time distribution{}:\n", which);
  bool marked = false;
  for (std::size_t i = 0; i < percentiles.size(); ++i) {
    if (!all[i]) {
      text += fmt::format("  {} in -\n", percentiles[i].label);
      continue;
    }
    marked |= all[i]->lower_bound;
    text += fmt::format("  {} in {}{}\n", percentiles[i].label, all[i]->lower_bound ? ">= " : "",
                        unit(all[i]->seconds));
  }
  if (marked)
    text += fmt::format("  >= at least: it depends on what was in flight at {}\n", end_of_run(run));
  return text;
}

std::string details(const Run& run, const TimeUnit& unit) {
  const Histogram& connect = run.tally.connect;
  const auto lookup = unit(run.lookup_seconds);
  auto text = fmt::format(
      "Details (average, fastest, slowest):\n"
      "  DNS+dialup:\t{}, {}, {}\n"
      "  DNS-lookup:\t{}, {}, {}{}\n",
      unit(connect.mean()), unit(connect.min()), unit(connect.max()), lookup, lookup, lookup,
      run.lookup_seconds ? "; once, before the run" : "");
  if (const Histogram& handshake = run.tally.handshake; !handshake.empty())
    text += fmt::format("  handshake:\t{}, {}, {}\n", unit(handshake.mean()), unit(handshake.min()),
                        unit(handshake.max()));
  return text;
}

std::string status_codes(const Tally& tally) {
  std::vector<std::pair<std::uint64_t, std::size_t>> codes;
  for (std::size_t status = 0; status < tally.responses_by_status.size(); ++status)
    if (tally.responses_by_status[status] > 0)
      codes.emplace_back(tally.responses_by_status[status], status);
  std::stable_sort(codes.begin(), codes.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::string text = "Status code distribution:\n";
  if (codes.empty()) text += "  -\n";
  for (const auto& [count, status] : codes)
    text += fmt::format("  [{}] {} response{}\n", status, count, count == 1 ? "" : "s");
  return text;
}

std::string errors(const Run& run, const TextStyle& style) {
  std::string text;
  for (const auto& [kind, failure] : failures(run.tally)) {
    const auto words = words_of(kind);
    text +=
        paint(fmt::format("  [{}] {}{}{}; since {}", failure.count, name(kind), words ? ", " : "",
                          words.value_or(""), format_duration(to_seconds(failure.first))),
              Colour::red, style);
    text += '\n';
  }
  return text.empty() ? text : "Error distribution:\n" + text;
}

// What is in flight then is hardly on its way to a success.
bool all_were_refused(const Tally& tally) {
  return tally.latency.empty() && tally.responses() > 0;
}

}  // namespace

std::string end_of_run(const Run& run) {
  if (run.signal) return "the interruption";
  if (run.stopped_by) return "the end";
  return run.plan.duration ? "the deadline" : "the end";
}

std::string to_text(const Run& run, const TextStyle& style) {
  const TimeUnit unit = time_unit(run.tally);
  if (style.brief) {
    const auto failed = errors(run, style);
    const auto stages = stages_text(run);
    return fmt::format("{}\n{}{}{}{}{}", head(run, style), summary(run, unit, style),
                       stages.empty() ? "" : "\n", stages, failed.empty() ? "" : "\n", failed);
  }
  std::string text;
  for (const std::string& section :
       {head(run, style),
        summary(run, unit, style),
        stages_text(run),
        histogram_text(run.tally.latency, together(run), unit, style),
        distribution_text(together(run),
                          all_were_refused(run.tally)
                              ? Quantiles{}
                              : quantiles(run.tally.latency, unfinished(run.tally)),
                          run, unit),
        run.tally.latency_of_refused.empty()
            ? std::string()
            : distribution_text(" (not successful)", quantiles(run.tally.latency_of_refused), run,
                                unit),
        details(run, unit),
        status_codes(run.tally),
        errors(run, style),
        unreadable_text(run, style),
        urls_text(run),
        rate_text(run),
        trials_text(run),
        connections_text(run, style),
        tls_text(run, style),
        in_flight_text(run),
        time_text(run, style),
        cpu_text(run),
        server_side_text(run, style),
        sockets_text(run),
        way_text(run),
        over_time_text(run, style),
        counters_text(run)}) {
    if (section.empty()) continue;
    if (!text.empty()) text += '\n';
    text += section;
  }
  return text;
}

}  // namespace tws
