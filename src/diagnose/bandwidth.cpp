// A link, or a window, that is full: the rate is bytes per second.
#include "diagnose/findings.hpp"
#include "support/units.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tws::diagnosis {
namespace {

constexpr double most_of_it = 0.5;
constexpr std::uint64_t fewest_looks = 20;  // at one socket each

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
  const WaySide* sender = nullptr;  // of most bytes; nothing where it is not in this network
};

// Both ends have the same queue in their round trips. What only one of them has is the other's
// delayed acknowledgement, or the time until its program writes.
Judged with_both_ends(const Way& way, const WaySide* sender) {
  if (!has_queue(way.client) || !has_queue(way.server)) return {};
  const auto [less, more] = std::minmax(queue_of(way.client), queue_of(way.server));
  if (less < most_of_it * more) return {};
  return {Full::link, Certainty::measured, sender};
}

// Linux delays an acknowledgement by 40 ms at most where the round trip is shorter
// (include/net/tcp.h: TCP_DELACK_MIN). Of many segments that follow each other it delays few.
Judged with_one_end(const Facts& f, const WaySide* sender) {
  constexpr double longest_delay = 0.045;
  constexpr double many_bytes = 65536;  // of a request, or a response
  const Way& way = *f.run.way;
  if (!has_queue(way.client)) return {};
  if (queue_of(way.client) >= longest_delay) return {Full::link, Certainty::concluded, sender};
  const auto bytes =
      static_cast<double>(std::max(way.client.bytes_sent, way.client.bytes_received));
  const bool flows = sender || f.share_in(Phase::read) >= most_of_it;
  if (!flows || bytes < many_bytes * static_cast<double>(f.run.tally.responses())) return {};
  return {Full::link, Certainty::possible, sender};
}

Judged judge(const Facts& f) {
  if (!f.run.way || !is_seen(f.run.way->client) || !both_are_idle(f)) return {};
  const Way& way = *f.run.way;
  const bool both = is_seen(way.server);
  const WaySide* sender = is_upload(way) ? &way.client : both ? &way.server : nullptr;
  if (sender) {
    if (sending_share(*sender) < most_of_it) return {};
    if (limited_share(sender->window_limited, *sender) >= most_of_it)
      return {Full::receive_window, Certainty::measured, sender};
    if (limited_share(sender->buffer_limited, *sender) >= most_of_it)
      return {Full::send_buffer, Certainty::measured, sender};
  }
  return both ? with_both_ends(way, sender) : with_one_end(f, sender);
}

double megabits(double bytes) {
  return bytes * 8e-6;
}

std::string rtt_text(const WaySide& side) {
  return fmt::format("{}, {}", format_duration(side.min_rtt.value_or(0)),
                     format_duration(side.rtt.value_or(0)));
}

}  // namespace

bool way_is_full(const Facts& f) {
  return judge(f).full != Full::nothing;
}
bool link_is_full(const Facts& f) {
  return judge(f).full == Full::link;
}

std::optional<Finding> bandwidth(const Facts& f) {
  const Judged judged = judge(f);
  if (judged.full == Full::nothing) return {};
  const Way& way = *f.run.way;
  const bool up = is_upload(way);
  const auto bytes = static_cast<double>(
      up ? way.client.bytes_sent : std::max(f.run.tally.body_bytes, way.client.bytes_received));
  const double rate = megabits(bytes) / std::max(f.seconds, 1e-9);
  const std::string_view who = up ? "hammer" : "The server";
  const std::string_view reader = up ? "the server" : "hammer";
  Finding finding;
  finding.severity = Severity::limit;
  finding.certainty = judged.certainty;
  if (judged.full == Full::link) {
    finding.headline = fmt::format(
        "The link is full: it carried {:.1f} Mbit/s, and a round trip takes {} instead of {}.",
        rate, format_duration(way.client.rtt.value_or(0)),
        format_duration(way.client.min_rtt.value_or(0)));
    finding.why =
        "Neither end's CPU is busy, and packets stand in a queue on the way: that makes a round "
        "trip so much longer than the fastest one. The rate is what the link carries, divided by "
        "the bytes of a response.";
    if (!judged.sender)
      finding.why += judged.certainty == Certainty::concluded
                         ? " Delayed acknowledgements make it longer by 40 ms at most."
                         : " A server that takes that long for its first byte, and then writes its "
                           "body slowly, looks the same: its own sockets can't be seen from here.";
    finding.remedies.push_back({"smaller responses (compression, fewer bytes), or a faster link",
                                "responses per second grow as the bytes get fewer"});
    finding.remedies.push_back({"tc -s qdisc", "shows queues, their rate and their drops"});
  } else if (judged.full == Full::receive_window) {
    finding.headline = fmt::format(
        "The receive window is full: {} could not send for {} of the time in which it had data, "
        "since {} read too slowly.",
        up ? "hammer" : "the server",
        percent(judged.sender->window_limited / judged.sender->sending), reader);
    finding.why = fmt::format(
        "{} has data to send, and the other end's TCP window has no room for it. Its program does "
        "not read, or the largest window is small for the round trip.",
        who);
    finding.remedies.push_back({"sysctl net.ipv4.tcp_rmem at the receiver, its third number",
                                "a larger window, if the program reads all the time"});
  } else {
    finding.headline = fmt::format(
        "The send buffer is too small: {} had data in flight and no more to send for {} of the "
        "time.",
        up ? "hammer" : "the server",
        percent(judged.sender->buffer_limited / judged.sender->sending));
    finding.why = fmt::format(
        "{} may have only so many bytes unacknowledged as its send buffer holds, so a connection "
        "makes that many bytes per round trip.",
        who);
    finding.remedies.push_back(
        {"sysctl net.ipv4.tcp_wmem at the sender, its third number, or its "
         "SO_SNDBUF",
         "more bytes per round trip"});
  }
  finding.evidence.push_back({"all bodies per second", fmt::format("{:.1f} Mbit/s", rate),
                              up ? "tcp_info: bytes_acked" : "hammer"});
  finding.evidence.push_back(
      {"round trip of hammer's sockets: fastest, median", rtt_text(way.client), "tcp_info"});
  if (judged.sender) {
    if (judged.sender == &way.server)
      finding.evidence.push_back({"of the server's sockets", rtt_text(way.server), "tcp_info"});
    finding.evidence.push_back({"looks at the sender's sockets that had data to send",
                                percent(sending_share(*judged.sender)),
                                "tcp_info: unacked, notsent_bytes"});
    finding.evidence.push_back(
        {"of that time: receiver's window full, send buffer too small",
         fmt::format(
             "{}, {}",
             percent(ratio(judged.sender->window_limited, judged.sender->sending).value_or(0)),
             percent(ratio(judged.sender->buffer_limited, judged.sender->sending).value_or(0))),
         "tcp_info: rwnd_limited, sndbuf_limited"});
  } else {
    finding.evidence.push_back(
        {"connection-seconds spent reading", percent(f.share_in(Phase::read)), "phase read"});
  }
  add_server_evidence(f, finding.evidence);
  add_client_evidence(f, finding.evidence);
  return finding;
}

}  // namespace tws::diagnosis
