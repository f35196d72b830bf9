#include "server/request.hpp"

#include "support/units.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>

#include <array>
#include <limits>

namespace tws::server {

namespace beast = boost::beast;
namespace http = beast::http;

namespace {

struct NumberedRoute {
  std::string_view prefix;
  Route route;
  std::uint64_t highest;
};

constexpr std::array numbered_routes{
    NumberedRoute{"/bytes/", Route::bytes, std::uint64_t{1} << 40},
    NumberedRoute{"/delay/", Route::delay, 60'000},  // milliseconds
    NumberedRoute{"/status/", Route::status, 599},
};

// A size line and two line ends: the overhead of a chunk without extensions.
constexpr std::uint64_t ordinary_overhead = 12;

// Room for bytes of the body and of the next requests that are read with a head.
constexpr std::size_t most_read_ahead = 16 * 1024;

std::string_view text_of(const beast::flat_buffer& buffer) {
  return {static_cast<const char*>(buffer.cdata().data()), buffer.size()};
}

}  // namespace

bool is_echoed(http::verb method, Route route) {
  const bool sends = method == http::verb::post || method == http::verb::put;
  return sends && (route == Route::root || route == Route::echo);
}

Target target_of(std::string_view text) {
  if (const auto scheme = text.find("://"); scheme != text.npos && text.front() != '/') {
    const auto path = text.find_first_of("/?", scheme + 3);
    text = path == text.npos || text[path] == '?' ? "/" : text.substr(path);
  }
  text = text.substr(0, text.find('?'));
  if (text == "/") return {Route::root, 0};
  if (text == "*") return {Route::asterisk, 0};
  if (text == "/echo") return {Route::echo, 0};
  if (text == "/unframed") return {Route::unframed, 0};
  if (text == "/healthz") return {Route::healthz, 0};
  if (text == "/metrics") return {Route::metrics, 0};
  if (text == "/census") return {Route::census, 0};
  for (const auto& [prefix, route, highest] : numbered_routes) {
    if (!text.starts_with(prefix)) continue;
    const auto number = parse_number(text.substr(prefix.size()), highest);
    // A 1xx is never a final response.
    if (number && (route != Route::status || *number >= 200)) return {route, *number};
  }
  return {};
}

std::size_t buffer_limit(const ServerLimits& limits) {
  return limits.head.head + most_read_ahead;
}

RequestParser::RequestParser(const ServerLimits& limits, std::string& body)
    : gate_(limits.head),
      body_(body),
      chunks_({limits.body, limits.chunk_overhead, ordinary_overhead}) {
  eager(true);
  header_limit(std::numeric_limits<std::uint32_t>::max());  // the gate's limits apply instead
  body_limit(limits.body);
}

bool RequestParser::refuse(unsigned status) {
  request_.refusal = status;
  return true;
}

bool RequestParser::feed(beast::flat_buffer& buffer) {
  if (!is_header_done()) {
    if (feed_head(buffer)) return true;
    if (!is_header_done()) return false;
  }
  return feed_body(buffer);
}

bool RequestParser::feed_head(beast::flat_buffer& buffer) {
  const auto bytes = text_of(buffer);
  const auto verdict = gate_.look(bytes);
  // Also for a request that is refused or times out before its end: if it begins with HEAD, the
  // response must have no body (RFC 9110 9.3.2).
  if (bytes.substr(gate_.head_begin()).starts_with("HEAD ")) request_.method = http::verb::head;
  if (verdict == Gate::Verdict::unfinished) return false;
  if (verdict == Gate::Verdict::refused) return refuse(gate_.status());
  error_code ec;
  const auto head = bytes.substr(gate_.head_begin(), gate_.head_end() - gate_.head_begin());
  const std::size_t used = put({head.data(), head.size()}, ec);
  buffer.consume(gate_.head_end());
  if (ec || used != head.size() || !is_header_done())
    return refuse(ec == http::error::body_limit ? 413 : 400);
  request_.keep_alive = gate_.keep_alive();
  return is_done();
}

bool RequestParser::feed_body(beast::flat_buffer& buffer) {
  if (chunked()) return feed_chunks(buffer);
  if (buffer.size() == 0) return false;
  error_code ec;
  buffer.consume(put(buffer.cdata(), ec));
  return ec ? refuse(400) : is_done();
}

bool RequestParser::feed_chunks(beast::flat_buffer& buffer) {
  auto bytes = text_of(buffer);
  while (!bytes.empty() && chunks_.state() == ChunkedBody::State::unfinished) {
    const auto data = chunks_.next_data(bytes);
    if (is_echoed(request_.method, request_.target.route)) body_.append(data);
  }
  buffer.consume(buffer.size() - bytes.size());
  switch (chunks_.state()) {
    case ChunkedBody::State::unfinished:
      return false;
    case ChunkedBody::State::complete:
      return true;
    case ChunkedBody::State::too_much_data:
      return refuse(413);
    default:
      return refuse(400);
  }
}

bool RequestParser::take_expectation() {
  if (!expects_continue_ || !is_header_done()) return false;
  expects_continue_ = false;
  return true;
}

void RequestParser::on_request_impl(http::verb method, string_view, string_view target, int version,
                                    error_code&) {
  request_.method = method;
  // Parsed now, because the view is valid only during this call.
  request_.target = target_of({target.data(), target.size()});
  request_.version = version;
}

void RequestParser::on_field_impl(field name, string_view, string_view value, error_code&) {
  if (name != field::expect || request_.version < 11) return;
  if (beast::iequals(value, "100-continue"))
    expects_continue_ = true;
  else
    request_.unmet_expectation = true;
}

void RequestParser::on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) {
  if (length && is_echoed(request_.method, request_.target.route)) body_.reserve(*length);
}

std::size_t RequestParser::on_body_impl(string_view part, error_code&) {
  if (is_echoed(request_.method, request_.target.route)) body_.append(part.data(), part.size());
  return part.size();
}

}  // namespace tws::server
