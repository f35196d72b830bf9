// A link, or a window, that is full: the rate is bytes per second.
#include "diagnose/findings.hpp"
#include "support/units.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tws::diagnosis {
namespace {

constexpr double most_of_it = 0.5;
constexpr double always = 0.9;
constexpr std::uint64_t fewest_looks = 20;  // at one socket each
// Seconds. Linux delays an acknowledgement by 40 ms at most where the round trip is shorter
// (include/net/tcp.h: TCP_DELACK_MIN).
constexpr double longest_delay = 0.045;

bool is_seen(const WaySide& side) {
  return side.looks >= fewest_looks && side.rtt && side.min_rtt;
}

double queue_of(const WaySide& side) {
  return *side.rtt - *side.min_rtt;
}

// Packets wait in a queue on the way: a round trip takes far longer than the fastest one.
bool has_queue(const WaySide& side) {
  constexpr double times = 4;
  constexpr double shortest = 0.001;  // seconds; less than that is the scheduler's
  return *side.rtt >= times * *side.min_rtt && queue_of(side) >= shortest;
}

double sending_share(const WaySide& side) {
  return ratio(static_cast<double>(side.looks_sending), static_cast<double>(side.looks))
      .value_or(0);
}

double limited_share(double seconds, const WaySide& side) {
  return ratio(seconds, side.sending).value_or(0);
}

bool is_upload(const Way& way) {
  return way.client.bytes_sent > way.client.bytes_received;
}

enum class Full { nothing, link, receive_window, send_buffer };
struct Judged {
  Full full = Full::nothing;
  Certainty certainty = Certainty::measured;
  std::optional<WaySide> sender{};  // of most bytes; nothing where it is not in this network
};

// Both ends use one path, so its shortest round trip is the shorter of theirs. Where an end's
// connections began while the queue was full, its own shortest has the queue in it.
Way with_shortest_trip(const Facts& f) {
  Way way = *f.run.way;
  auto shortest = round_trip(f);
  if (way.server.min_rtt)
    shortest = std::min(shortest.value_or(*way.server.min_rtt), *way.server.min_rtt);
  for (WaySide* side : {&way.client, &way.server}) side->min_rtt = shortest;
  return way;
}

// The program wrote so much that data always waited to be sent.
bool has_more_to_send(const WaySide& sender) {
  return static_cast<double>(sender.looks_app_limited) <
         most_of_it * static_cast<double>(sender.looks_sending);
}

// A queue that overflows drops segments; all the while their sender has data on the way.
bool overflows(const WaySide& sender) {
  constexpr double share_that_shows = 0.002;
  return sending_share(sender) >= always &&
         static_cast<double>(sender.segments_resent) >=
             share_that_shows * static_cast<double>(sender.segments_sent);
}

// Both ends have the same queue in their round trips. What only one of them has is the other's
// delayed acknowledgement, or the time until its program writes; where data always waits, no
// acknowledgement is delayed, and the other end sends too rarely to know its round trip.
Judged with_both_ends(const Way& way, const WaySide& sender) {
  if (!has_queue(sender)) return {};
  const auto [less, more] = std::minmax({queue_of(way.client), queue_of(way.server)});
  if (has_more_to_send(sender) || less >= most_of_it * more)
    return {Full::link, Certainty::measured, sender};
  if (sending_share(sender) >= always && queue_of(sender) >= longest_delay)
    return {Full::link, Certainty::concluded, sender};
  return overflows(sender) ? Judged{Full::link, Certainty::possible, sender} : Judged{};
}

// Systems other than Linux delay an acknowledgement by up to 200 ms, until the server answers. So
// the time must pass while bytes flow. Of many segments that follow each other few are delayed.
Judged with_one_end(const Facts& f, const Way& way, const std::optional<WaySide>& sender) {
  constexpr double many_bytes = 65536;  // of a request, or a response
  const bool flows = sender ? has_more_to_send(*sender) : f.share_in(Phase::read) >= most_of_it;
  if (!flows || !has_queue(way.client)) return {};
  if (queue_of(way.client) >= longest_delay) return {Full::link, Certainty::concluded, sender};
  const auto bytes =
      static_cast<double>(std::max(way.client.bytes_sent, way.client.bytes_received));
  if (bytes < many_bytes * static_cast<double>(f.run.tally.responses())) return {};
  return {Full::link, Certainty::possible, sender};
}

Judged judge(const Facts& f) {
  if (!f.run.way || !is_seen(f.run.way->client) || !both_are_idle(f)) return {};
  const bool both = is_seen(f.run.way->server);
  const Way way = with_shortest_trip(f);
  std::optional<WaySide> sender;
  if (is_upload(way))
    sender = way.client;
  else if (both)
    sender = way.server;
  if (sender) {
    if (sending_share(*sender) < most_of_it) return {};
    if (limited_share(sender->window_limited, *sender) >= most_of_it)
      return {Full::receive_window, Certainty::measured, sender};
    if (limited_share(sender->buffer_limited, *sender) >= most_of_it)
      return {Full::send_buffer, Certainty::measured, sender};
  }
  return both ? with_both_ends(way, *sender) : with_one_end(f, way, sender);
}

double megabits(double bytes) {
  return bytes * 8e-6;
}

std::string rtt_text(const WaySide& side) {
  return fmt::format("{}, {}", format_duration(side.min_rtt.value_or(0)),
                     format_duration(side.rtt.value_or(0)));
}

// What was seen, in the words of the three kinds.
Finding of_link(const Judged& judged, const Way& way, double rate) {
  const WaySide& seen = judged.sender ? *judged.sender : way.client;
  Finding finding;
  finding.headline =
      fmt::format("The link {}: it carried {:.1f} Mbit/s, and a round trip takes {} instead of {}.",
                  judged.certainty == Certainty::possible ? "seems full" : "is full", rate,
                  format_duration(*seen.rtt), format_duration(*seen.min_rtt));
  finding.why =
      "Neither end's CPU is busy, and packets stand in a queue on the way: that makes a round trip "
      "so much longer than the fastest one. The rate is what the link carries, divided by the "
      "bytes of a response.";
  if (judged.certainty == Certainty::concluded)
    finding.why += " Linux delays acknowledgements by 40 ms at most, which is less.";
  if (judged.certainty == Certainty::possible && judged.sender)
    finding.why +=
        " Packets were lost as well, as a full queue drops them. A link that loses packets for "
        "another reason, and delayed acknowledgements, look the same.";
  else if (judged.certainty == Certainty::possible)
    finding.why +=
        " A server that takes that long for its first byte, and then writes its body slowly, looks "
        "the same: its own sockets can't be seen from here.";
  finding.remedies.push_back({"smaller responses (compression, fewer bytes), or a faster link",
                              "responses per second grow as the bytes get fewer"});
  finding.remedies.push_back({"tc -s qdisc", "shows queues, their rate and their drops"});
  return finding;
}

Finding of_receive_window(const WaySide& sender, bool up) {
  Finding finding;
  finding.headline = fmt::format(
      "The receive window is full: {} could not send for {} of the time in which it had data.",
      up ? "hammer" : "the server", percent(limited_share(sender.window_limited, sender)));
  finding.why = fmt::format(
      "The TCP window of the other end has no room: {} reads too slowly, or its largest window is "
      "small for the round trip.",
      up ? "the server" : "hammer");
  finding.remedies.push_back({"sysctl net.ipv4.tcp_rmem at the receiver, its third number",
                              "a larger window, if its program reads all the time"});
  return finding;
}

Finding of_send_buffer(const WaySide& sender, bool up) {
  Finding finding;
  const std::string_view who = up ? "hammer" : "the server";
  finding.headline = fmt::format(
      "The send buffer is too small: for {} of the time in which {} had data on the way, no more "
      "fitted in.",
      percent(limited_share(sender.buffer_limited, sender)), who);
  finding.why =
      "A connection has as many bytes on the way as its send buffer holds, and makes that many per "
      "round trip.";
  finding.remedies.push_back(
      {"sysctl net.ipv4.tcp_wmem at the sender, its third number, or its SO_SNDBUF",
       "more bytes per round trip"});
  return finding;
}

void add_way_evidence(const Facts& f, const Judged& judged, std::vector<Evidence>& evidence) {
  const Way& way = *f.run.way;
  evidence.push_back({"round trip here: fastest, median", rtt_text(way.client), "tcp_info"});
  if (judged.full == Full::link && is_seen(way.server))
    evidence.push_back({"the same at the server", rtt_text(way.server), "tcp_info"});
  if (judged.sender)
    evidence.push_back({"samples in which a sender had data to send",
                        percent(sending_share(*judged.sender)), "tcp_info"});
  else
    evidence.push_back(
        {"connection-seconds spent reading", percent(f.share_in(Phase::read)), "phase read"});
  if (judged.full == Full::receive_window)
    evidence.push_back({"of its time: receive window full",
                        percent(limited_share(judged.sender->window_limited, *judged.sender)),
                        "tcp_info: rwnd_limited"});
  if (judged.full == Full::send_buffer)
    evidence.push_back({"of its time: send buffer too small",
                        percent(limited_share(judged.sender->buffer_limited, *judged.sender)),
                        "tcp_info: sndbuf_limited"});
  add_client_evidence(f, evidence);
}

}  // namespace

bool both_ends_seen(const Facts& f) {
  return f.run.way && is_seen(f.run.way->client) && is_seen(f.run.way->server);
}
bool way_is_full(const Facts& f) {
  return judge(f).full != Full::nothing;
}
bool server_reads_slowly(const Facts& f) {
  constexpr double short_trip = 0.005;  // seconds: for it any window is large enough
  const Judged judged = judge(f);
  return judged.full == Full::receive_window && is_upload(*f.run.way) &&
         *f.run.way->client.min_rtt < short_trip;
}
bool link_is_full(const Facts& f) {
  return judge(f).full == Full::link;
}

std::optional<Finding> bandwidth(const Facts& f) {
  const Judged judged = judge(f);
  if (judged.full == Full::nothing) return {};
  const Way& way = *f.run.way;
  const bool up = is_upload(way);
  const auto bytes = up ? way.client.bytes_sent : way.client.bytes_received;
  const double rate = megabits(static_cast<double>(bytes)) / std::max(f.seconds, 1e-9);
  Finding finding = judged.full == Full::link             ? of_link(judged, way, rate)
                    : judged.full == Full::receive_window ? of_receive_window(*judged.sender, up)
                                                          : of_send_buffer(*judged.sender, up);
  finding.severity = Severity::limit;
  finding.certainty = judged.certainty;
  finding.evidence.push_back(
      {up ? "bytes that hammer sent per second" : "bytes that came per second",
       fmt::format("{:.1f} Mbit/s", rate),
       up ? "tcp_info: bytes_acked" : "tcp_info: bytes_received"});
  add_way_evidence(f, judged, finding.evidence);
  return finding;
}

}  // namespace tws::diagnosis
