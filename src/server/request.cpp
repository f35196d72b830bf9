#include "request.hpp"

#include "tws/support/units.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>

#include <array>

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
    NumberedRoute{"/delay/", Route::delay, 3'600'000},  // milliseconds
    NumberedRoute{"/status/", Route::status, 599},
};

}  // namespace

Target target_of(std::string_view text) {
  if (const auto scheme = text.find("://"); scheme != text.npos && text.front() != '/') {
    const auto path = text.find_first_of("/?", scheme + 3);
    text = path == text.npos || text[path] == '?' ? "/" : text.substr(path);
  }
  text = text.substr(0, text.find('?'));
  if (text == "/") return {Route::root, 0};
  if (text == "/echo") return {Route::echo, 0};
  if (text == "/unframed") return {Route::unframed, 0};
  for (const auto& [prefix, route, highest] : numbered_routes) {
    if (!text.starts_with(prefix)) continue;
    const auto number = parse_number(text.substr(prefix.size()), highest);
    // A 1xx is never a final response.
    if (number && (route != Route::status || *number >= 200)) return {route, *number};
  }
  return {};
}

RequestParser::RequestParser(std::string& body) : body_(body) {
  eager(true);
  header_limit(max_head_size);
  body_limit(max_body_size);
}

bool RequestParser::feed(beast::flat_buffer& buffer) {
  if (buffer.size() == 0) return false;
  const bool in_head = !is_header_done();
  error_code ec;
  const std::size_t used = put(buffer.cdata(), ec);
  buffer.consume(used);
  // Beast's limit is that of one line, not of the head.
  if (in_head) head_size_ += used;
  if (ec == http::error::need_more && !is_header_done() && head_size_ + buffer.size() >= max_head_size)
    ec = http::error::header_limit;
  else if (ec == http::error::need_more && buffer.size() == buffer.max_size())
    ec = http::error::bad_chunk;  // a chunk extension or a trailer without an end
  if (ec && ec != http::error::need_more) {
    request_.refusal = refusal_for(ec);
    return true;
  }
  if (!is_done()) return false;
  request_.keep_alive = keep_alive();
  return true;
}

bool RequestParser::take_expectation() {
  if (!expects_continue_ || !is_header_done()) return false;
  expects_continue_ = false;
  return true;
}

void RequestParser::on_request_impl(http::verb method, string_view, string_view target, int version,
                                    error_code&) {
  has_request_line_ = true;
  request_.method = method;
  // Now, because the view is gone after this call.
  request_.target = target_of({target.data(), target.size()});
  request_.version = version;
}

void RequestParser::on_field_impl(field name, string_view, string_view value, error_code& ec) {
  if (is_header_done()) return;  // a trailer
  if (name == field::host) ++hosts_;
  if (name == field::expect && request_.version >= 11 && beast::iequals(value, "100-continue"))
    expects_continue_ = true;
  // Beast before version 361 takes what it doesn't know for no body at all, and would read the body
  // as the next request (RFC 9112 6.1, 6.3).
  if (name == field::transfer_encoding &&
      (request_.version < 11 || !beast::iequals(value, "chunked")))
    ec = http::error::bad_transfer_encoding;
}

void RequestParser::on_header_impl(error_code& ec) {
  if (hosts_ > 1 || (hosts_ == 0 && request_.version >= 11))  // RFC 9112 3.2
    ec = http::error::bad_field;
}

void RequestParser::on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) {
  if (length && request_.target.route == Route::echo) body_.reserve(*length);
}

std::size_t RequestParser::on_body_impl(string_view part, error_code&) {
  if (request_.target.route == Route::echo) body_.append(part.data(), part.size());
  return part.size();
}

std::size_t RequestParser::on_chunk_body_impl(std::uint64_t, string_view part, error_code& ec) {
  return on_body_impl(part, ec);
}

unsigned RequestParser::refusal_for(error_code ec) const {
  if (ec == http::error::body_limit) return 413;
  if (ec == http::error::header_limit) return has_request_line_ ? 431 : 414;
  return 400;
}

}  // namespace tws::server
