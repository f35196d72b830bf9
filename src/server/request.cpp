#include "request.hpp"

#include "tws/support/units.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>

#include <array>
#include <limits>
#include <utility>

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

// Beast 1.81 asserts that it is given a last chunk whole or not at all (basic_parser.ipp,
// parse_chunk_header), and nothing shorter than "0\r\n\r\n" is whole. Of a chunk's data, which may
// look the same, there is always more to come.
bool may_begin_last_chunk(boost::asio::const_buffer bytes) {
  std::string_view text(static_cast<const char*>(bytes.data()), bytes.size());
  if (text.size() >= std::string_view("0\r\n\r\n").size()) return false;
  if (text.starts_with("\r\n")) text.remove_prefix(2);
  return text.starts_with('0');
}

// A size line and two line ends: what a chunk takes besides its data, extensions apart.
constexpr std::uint64_t ordinary_overhead = 12;

// A line that begins with whitespace is folded onto the one before (RFC 9112 5.2).
bool has_bad_line(std::string_view text) {
  char before = '\0';
  for (const char c : text) {
    const bool is_folded = before == '\n' && (c == ' ' || c == '\t');
    if (is_folded || is_bad_in_line(std::exchange(before, c), c)) return true;
  }
  return false;
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
  return limits.head.head + limits.chunk_overhead;
}

RequestParser::RequestParser(const ServerLimits& limits, std::string& body)
    : gate_(limits.head),
      body_(body),
      most_framing_(limits.chunk_overhead),
      allowed_overhead_(limits.chunk_overhead) {
  eager(true);
  header_limit(std::numeric_limits<std::uint32_t>::max());  // the gate's are kept instead
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
  const auto bytes = buffer.cdata();
  const auto verdict = gate_.look({static_cast<const char*>(bytes.data()), bytes.size()});
  if (verdict == Gate::Verdict::unfinished) return false;
  if (verdict == Gate::Verdict::refused) return refuse(gate_.status());
  error_code ec;
  const std::size_t size = gate_.head_end() - gate_.head_begin();
  const std::size_t used =
      put({static_cast<const char*>(bytes.data()) + gate_.head_begin(), size}, ec);
  buffer.consume(gate_.head_end());
  if (ec || used != size || !is_header_done())
    return refuse(ec == http::error::body_limit ? 413 : 400);
  request_.keep_alive = keep_alive();  // now, because Beast takes a trailer's word for it, too
  return is_done();
}

bool RequestParser::feed_body(beast::flat_buffer& buffer) {
  if (buffer.size() == 0 || (chunked() && may_begin_last_chunk(buffer.cdata()))) return false;
  error_code ec;
  const std::uint64_t body_before = body_size_;
  const std::size_t used = put(buffer.cdata(), ec);
  const char* const next = static_cast<const char*>(buffer.cdata().data()) + used;
  // Beast takes folded lines.
  const bool has_bad_trailer = trailers_ != nullptr && is_done() && has_bad_line({trailers_, next});
  buffer.consume(used);
  if (has_bad_trailer) return refuse(400);
  if (chunked()) overhead_ += used - (body_size_ - body_before);
  if (ec == http::error::body_limit) return refuse(413);
  if (ec && ec != http::error::need_more) return refuse(400);
  if (overhead_ > allowed_overhead_) return refuse(400);
  if (is_done()) return true;
  // What is left is of a size line or of the trailers, to which Beast knows no limit and no bad
  // line ends before their end has come.
  const auto rest = buffer.cdata();
  const std::string_view framing(static_cast<const char*>(rest.data()), rest.size());
  if (framing.size() > most_framing_ || overhead_ + framing.size() > allowed_overhead_ ||
      has_bad_line(framing))
    return refuse(400);
  return false;
}

bool RequestParser::take_expectation() {
  if (!expects_continue_ || !is_header_done()) return false;
  expects_continue_ = false;
  return true;
}

void RequestParser::on_request_impl(http::verb method, string_view, string_view target, int version,
                                    error_code&) {
  request_.method = method;
  // Now, because the view is gone after this call.
  request_.target = target_of({target.data(), target.size()});
  request_.version = version;
}

void RequestParser::on_field_impl(field name, string_view, string_view value, error_code&) {
  if (is_header_done()) return;  // a trailer
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
  body_size_ += part.size();
  if (is_echoed(request_.method, request_.target.route)) body_.append(part.data(), part.size());
  return part.size();
}

void RequestParser::on_chunk_header_impl(std::uint64_t size, string_view extensions,
                                         error_code& ec) {
  allowed_overhead_ += ordinary_overhead;
  // Beast takes control bytes in quotes, where the line has come whole.
  if (has_bad_line({extensions.data(), extensions.size()})) ec = http::error::bad_chunk_extension;
  if (size == 0) trailers_ = extensions.data() + extensions.size();
}

std::size_t RequestParser::on_chunk_body_impl(std::uint64_t, string_view part, error_code& ec) {
  return on_body_impl(part, ec);
}

}  // namespace tws::server
