// Formats with a line for each second of the run.
#include "report/formats.hpp"
#include "support/units.hpp"
#include "tws/measure/facts.hpp"
#include "tws/measure/hdr.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>

namespace tws {
namespace {

// A field of RFC 4180.
std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + '"';
}

template <typename T>
std::string or_nothing(const std::optional<T>& value) {
  return value ? fmt::format("{}", *value) : std::string();
}

// A tag of HdrHistogram's log stands between a "=" and a comma.
std::string tag(std::string_view text) {
  std::string tag;
  for (const char c : text)
    tag += c == ',' || c == '"' || static_cast<unsigned char>(c) <= ' ' ? '_' : c;
  return tag;
}

// "2026-11-24T08:16:35Z" in seconds since 1970; nothing for other text.
std::optional<std::int64_t> epoch_of(const std::string& text) {
  int year = 0;
  unsigned month = 0, day = 0, hour = 0, minute = 0, second = 0;
  if (std::sscanf(text.c_str(), "%4d-%2u-%2uT%2u:%2u:%2uZ", &year, &month, &day, &hour, &minute,
                  &second) != 6)
    return {};
  const std::chrono::sys_days date =
      std::chrono::year(year) / static_cast<int>(month) / static_cast<int>(day);
  return date.time_since_epoch() / std::chrono::seconds(1) + hour * 3600 + minute * 60 + second;
}

std::string hdr_line(const std::string& tag, double from, double to, const Histogram& histogram) {
  // The log's own unit of the maximum is a millisecond where values are nanoseconds.
  return fmt::format("{}{:.3f},{:.3f},{:.3f},{}\n", tag.empty() ? "" : "Tag=" + tag + ",", from,
                     to - from, histogram.max().value_or(0) * 1e3, to_hdr(histogram));
}

}  // namespace

std::string as_csv(const Reports& reports) {
  std::string text =
      "run,seconds,requests,errors,requests_per_second,p50_seconds,p90_seconds,p99_seconds,"
      "max_seconds,client_ports,time_wait\r\n";
  for (const Reported& one : reports) {
    double from = 0;
    for (const Sample& sample : by_second(one.run.timeline)) {
      const Histogram latency = sample.latency.unpack();
      const auto rate = ratio(static_cast<double>(sample.requests), sample.t - from);
      const auto ports =
          sample.sockets ? std::optional(sample.sockets->client_ports) : std::nullopt;
      text += fmt::format("{},{:.3f},{},{},{:.1f},{},{},{},{},{},{}\r\n", csv_field(one.name),
                          sample.t, sample.requests, sample.errors, rate.value_or(0),
                          or_nothing(latency.quantile(0.5)), or_nothing(latency.quantile(0.9)),
                          or_nothing(latency.quantile(0.99)), or_nothing(latency.max()),
                          or_nothing(ports), or_nothing(sample.time_wait));
      from = sample.t;
    }
  }
  return text;
}

// https://github.com/HdrHistogram/HdrHistogram, HistogramLogWriter.java. Without a tag: of each
// second, with two significant digits; all of them added up are the whole run. With a tag: of the
// whole run, with three.
std::string as_hdr(const Reports& reports) {
  std::string text = "#[Histogram log format version 1.3]\n";
  for (const Reported& one : reports)
    text += fmt::format("#[{}, values in nanoseconds]\n", tag(one.name));
  // Times below are since then.
  const auto& begin = reports.front().run.environment.started_at;
  if (const auto epoch = epoch_of(begin))
    text += fmt::format("#[StartTime: {}.000 (seconds since epoch), {}]\n", *epoch, begin);
  text +=
      "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"\n";
  const bool is_alone = reports.size() == 1;
  for (const Reported& one : reports) {
    const auto own = is_alone ? std::string() : tag(one.name);
    const auto whole = is_alone ? std::string() : own + "/";
    double from = 0;
    for (const Sample& sample : by_second(one.run.timeline)) {
      text += hdr_line(own, from, sample.t, sample.latency.unpack());
      from = sample.t;
    }
    const Tally& tally = one.run.tally;
    text += hdr_line(whole + "latency", 0, one.run.seconds, tally.latency);
    text += hdr_line(whole + "first-byte", 0, one.run.seconds, tally.first_byte);
    text += hdr_line(whole + "connect", 0, one.run.seconds, tally.connect);
    if (!tally.handshake.empty())
      text += hdr_line(whole + "handshake", 0, one.run.seconds, tally.handshake);
  }
  return text;
}

}  // namespace tws
