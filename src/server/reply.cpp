#include "server/reply.hpp"

#include <boost/beast/http/status.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <functional>
#include <iterator>
#include <optional>
#include <utility>

namespace tws::server {

namespace http = boost::beast::http;

namespace {

// Larger bodies are streamed in blocks, not stored three times per thread.
constexpr std::uint64_t max_prepared_body = 64 * 1024;

std::string_view reason_of(unsigned status) {
  const auto known = http::int_to_status(status);
  if (known == http::status::unknown) return "Unknown";
  const auto reason = http::obsolete_reason(known);
  return {reason.data(), reason.size()};
}

bool is_read(http::verb method) {
  return method == http::verb::get || method == http::verb::head;
}

bool is_allowed(http::verb method, Route route) {
  if (route == Route::echo) return is_echoed(method, route);
  return is_read(method) || is_echoed(method, route);
}

std::string allow_field(Route route) {
  if (route == Route::echo) return "Allow: POST, PUT, OPTIONS\r\n";
  if (route == Route::root || route == Route::asterisk)
    return "Allow: GET, HEAD, POST, PUT, OPTIONS\r\n";
  return "Allow: GET, HEAD, OPTIONS\r\n";
}

Reply status_reply(unsigned status) {
  Reply reply;
  reply.status = status;
  if (status != 205) reply.body = fmt::format("{} {}\n", status, reason_of(status));
  return reply;
}

Reply no_tls_reply() {
  Reply reply;
  reply.status = 400;
  reply.body = "400 Bad Request: this port speaks TLS: use https://\n";
  return reply;
}

Reply filler_reply(std::uint64_t size) {
  Reply reply;
  reply.content_type = "application/octet-stream";
  reply.filler = size;
  return reply;
}

Reply root_reply(const ServerOptions& options) {
  if (options.body_size) return filler_reply(*options.body_size);
  Reply reply;
  reply.body = options.body;
  return reply;
}

}  // namespace

bool may_have_body(unsigned status) {
  return status != 204 && status != 304;
}

namespace {

bool is_admin(Route route) {
  return route == Route::healthz || route == Route::metrics || route == Route::census;
}

// The error if no target could make this request valid, or if its target is not `known`.
std::optional<Reply> refusal_of(const Request& request, bool known) {
  const auto method = request.method;
  if (request.plain) return no_tls_reply();
  if (request.refusal != 0) return status_reply(request.refusal);
  if (request.unmet_expectation) return status_reply(417);
  if (method == http::verb::unknown || method == http::verb::connect) return status_reply(501);
  if (!known) return status_reply(404);
  const Route route = request.target.route;
  if (method != http::verb::options && is_allowed(method, route)) return {};
  Reply reply = status_reply(method == http::verb::options ? 204 : 405);
  reply.fields = allow_field(route);
  return reply;
}

Reply page_reply(const std::function<Page()>& make) {
  if (!make) return status_reply(404);
  Page page = make();
  Reply reply;
  reply.content_type = page.content_type;
  reply.body = std::move(page.body);
  return reply;
}

}  // namespace

Reply admin_reply_to(const Request& request, const AdminPages& pages, bool draining) {
  const Route route = request.target.route;
  if (auto refusal = refusal_of(request, is_admin(route))) return *std::move(refusal);
  if (route == Route::metrics) return page_reply(pages.metrics);
  if (route == Route::census) return page_reply(pages.census);
  Reply reply;
  reply.status = draining ? 503 : 200;
  reply.body = draining ? "draining\n" : "ok\n";
  return reply;
}

namespace {

// The header fields that RFC 9110 15 requires for a status. Not Location: a load generator might
// follow it.
std::string fields_of(const Reply& reply) {
  const auto size = reply.body.size();
  switch (reply.status) {
    case 206:  // the range is the whole body
      return fmt::format("Content-Range: bytes 0-{}/{}\r\n", size - 1, size);
    case 401:
      return "WWW-Authenticate: Basic realm=\"tws-server\"\r\n";
    case 405:
      return allow_field(Route::status);
    case 407:
      return "Proxy-Authenticate: Basic realm=\"tws-server\"\r\n";
    case 416:
      return fmt::format("Content-Range: bytes */{}\r\n", size);
    case 426:  // Connection must name Upgrade (RFC 9110 7.8)
      return "Upgrade: HTTP/2.0\r\nConnection: upgrade\r\n";
    default:
      return {};
  }
}

Reply asked_status_reply(unsigned status) {
  Reply reply = status_reply(status);
  reply.fields = fields_of(reply);
  return reply;
}

Reply reply_at_once(const Request& request, const ServerOptions& options, std::string posted) {
  const auto [route, number] = request.target;
  if (auto refusal = refusal_of(request, route != Route::none && !is_admin(route)))
    return *std::move(refusal);
  switch (route) {
    case Route::bytes:
      return filler_reply(number);
    case Route::status:
      return asked_status_reply(static_cast<unsigned>(number));
    case Route::unframed: {
      Reply reply = root_reply(options);
      reply.framed = false;
      return reply;
    }
    default:
      break;
  }
  if (is_read(request.method)) return root_reply(options);
  Reply reply;
  reply.content_type = "application/octet-stream";
  reply.body = std::move(posted);
  return reply;
}

}  // namespace

Reply reply_to(const Request& request, const ServerOptions& options, std::string posted) {
  Reply reply = reply_at_once(request, options, std::move(posted));
  if (request.refusal != 0) return reply;
  reply.delay = options.delay;
  if (request.target.route == Route::delay)
    reply.delay += std::chrono::milliseconds{request.target.number};
  return reply;
}

std::string head_of(const Reply& reply, Persistence persistence, std::string_view date) {
  std::string head;
  auto out = std::back_inserter(head);
  // Date follows the status line, so its offset depends on the reason phrase only.
  fmt::format_to(out, "HTTP/1.1 {} {}\r\nDate: {}\r\n", reply.status, reason_of(reply.status),
                 date);
  head += reply.fields;
  if (may_have_body(reply.status)) {
    const auto length = reply.filler != 0 ? reply.filler : reply.body.size();
    fmt::format_to(out, "Content-Type: {}\r\n", reply.content_type);
    if (reply.framed) fmt::format_to(out, "Content-Length: {}\r\n", length);
  }
  if (persistence == Persistence::close) head += "Connection: close\r\n";
  if (persistence == Persistence::keep_alive_1_0) head += "Connection: keep-alive\r\n";
  head += "\r\n";
  return head;
}

std::string http_date(std::chrono::system_clock::time_point time) {
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

namespace {

constexpr std::size_t date_offset = std::string_view("HTTP/1.1 200 OK\r\nDate: ").size();

}  // namespace

FixedReply::FixedReply(const ServerOptions& options) {
  Reply reply = root_reply(options);
  const auto size = std::max<std::uint64_t>(reply.filler, reply.body.size());
  prepared_ = options.delay.count() == 0 && size <= max_prepared_body;
  if (!prepared_) return;
  for (const auto persistence :
       {Persistence::keep_alive, Persistence::keep_alive_1_0, Persistence::close}) {
    Variant& variant = variants_[static_cast<std::size_t>(persistence)];
    variant.bytes = head_of(reply, persistence, std::string(date_size, '-'));
    variant.head_size = variant.bytes.size();
    variant.bytes += reply.body;
    variant.bytes.append(reply.filler, 'x');
  }
}

bool FixedReply::answers(const Request& request) const {
  return prepared_ && request.target.route == Route::root && request.refusal == 0 &&
         !request.unmet_expectation && is_read(request.method);
}

std::string_view FixedReply::bytes(const Request& request, Persistence persistence) const {
  const Variant& variant = variants_[static_cast<std::size_t>(persistence)];
  const std::string_view bytes = variant.bytes;
  return request.method == http::verb::head ? bytes.substr(0, variant.head_size) : bytes;
}

void FixedReply::set_date(std::string_view date) {
  for (Variant& variant : variants_)
    if (!variant.bytes.empty()) variant.bytes.replace(date_offset, date.size(), date);
}

}  // namespace tws::server
