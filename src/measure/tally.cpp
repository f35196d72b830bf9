#include "tws/measure/tally.hpp"

#include <algorithm>
#include <numeric>

namespace tws {

void ConnectionSpread::merge(const ConnectionSpread& other) {
  responses += other.responses;
  sum += other.sum;
  sum_of_squares += other.sum_of_squares;
  between += other.between;
}

double ConnectionSpread::explained_by_connection() const {
  if (responses == 0) return 0;
  const double by_chance = sum * sum / static_cast<double>(responses);
  const double all = sum_of_squares - by_chance;
  return all > 0 ? (between - by_chance) / all : 0;
}

void UrlTally::merge(const UrlTally& other) {
  responses += other.responses;
  successes += other.successes;
  failed += other.failed;
  answering += other.answering;
  latency.merge(other.latency);
}

void ConnectionTally::merge(const ConnectionTally& other) {
  by_target.resize(std::max(by_target.size(), other.by_target.size()));
  for (std::size_t i = 0; i < other.by_target.size(); ++i) {
    by_target[i].connected += other.by_target[i].connected;
    by_target[i].failed += other.by_target[i].failed;
    by_target[i].responses += other.by_target[i].responses;
    by_target[i].answering += other.by_target[i].answering;
  }
  mean_by_connection.merge(other.mean_by_connection);
  spread.merge(other.spread);
  attempts_started += other.attempts_started;
  attempts_connected += other.attempts_connected;
  tws::merge(attempts_failed, other.attempts_failed);
  closed_by_client += other.closed_by_client;
  closed_by_server += other.closed_by_server;
  closed_by_reset += other.closed_by_reset;
  server_kept_open += other.server_kept_open;
  ended_by_stray_bytes += other.ended_by_stray_bytes;
  own_ports_given_up |= other.own_ports_given_up;
  peak_open += other.peak_open;
  time_in_connect_call += other.time_in_connect_call;
  connect.merge(other.connect);
  handshakes_full += other.handshakes_full;
  handshakes_resumed += other.handshakes_resumed;
  handshake.merge(other.handshake);
  for (const auto& one : other.tls_used) add_tls_used(one);
  if (tls_words.empty()) tls_words = other.tls_words;
}

void ConnectionTally::add_tls_used(const TlsUsed& one) {
  const auto same = std::ranges::find_if(tls_used, [&](TlsUsed known) {
    known.handshakes = one.handshakes;
    return known == one;
  });
  if (same == tls_used.end())
    tls_used.push_back(one);
  else
    same->handshakes += one.handshakes;
}

void RequestTally::add_unreadable(const Unreadable& one) {
  const auto same = std::ranges::find_if(unreadable, [&](const Unreadable& other) {
    return other.what == one.what && other.target == one.target;
  });
  if (same == unreadable.end())
    unreadable.push_back(one);
  else
    same->count += one.count;
}

void RequestTally::merge(const RequestTally& other) {
  for (const auto& one : other.unreadable) add_unreadable(one);
  for (const auto& [what, count] : other.lenient) lenient[what] += count;
  if (by_url.empty())
    by_url = other.by_url;
  else
    for (std::size_t i = 0; i < std::min(by_url.size(), other.by_url.size()); ++i)
      by_url[i].merge(other.by_url[i]);
  requests_started += other.requests_started;
  for (std::size_t i = 0; i < responses_by_status.size(); ++i)
    responses_by_status[i] += other.responses_by_status[i];
  tws::merge(requests_failed, other.requests_failed);
  stale_reuses += other.stale_reuses;
  redirects_followed += other.redirects_followed;
  redirects_left += other.redirects_left;
  body_bytes += other.body_bytes;
  partial_body_bytes += other.partial_body_bytes;
  extra_bytes += other.extra_bytes;
  latency.merge(other.latency);
  latency_of_refused.merge(other.latency_of_refused);
  first_byte.merge(other.first_byte);
  begin_delay.merge(other.begin_delay);
  service_time.merge(other.service_time);
  begun_late += other.begun_late;
  never_begun += other.never_begun;
  oldest_never_begun = std::max(oldest_never_begun, other.oldest_never_begun);
}

void Tally::merge(const Tally& other) {
  ConnectionTally::merge(other);
  RequestTally::merge(other);
  for (std::size_t i = 0; i < time_in_phase.size(); ++i) time_in_phase[i] += other.time_in_phase[i];
  longest_standstill = std::max(longest_standstill, other.longest_standstill);
  in_flight.insert(in_flight.end(), other.in_flight.begin(), other.in_flight.end());
}

void Tally::append(const Tally& next) {
  for (const InFlight& one : in_flight) {
    if (one.phase == Phase::connect) --attempts_started;
    if (is_request(one.phase)) --requests_started;
  }
  in_flight.clear();
  never_begun = 0;
  oldest_never_begun = {};
  const auto peak = std::max(peak_open, next.peak_open);
  merge(next);
  peak_open = peak;
}

std::uint64_t RequestTally::due() const {
  return begin_delay.count() + never_begun;
}

std::uint64_t RequestTally::responses() const {
  return std::accumulate(responses_by_status.begin(), responses_by_status.end(), std::uint64_t{0});
}

std::uint64_t RequestTally::successes() const {
  return responses() - latency_of_refused.count();
}

}  // namespace tws
