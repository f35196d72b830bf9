#include "load/request.hpp"

#include "tws/support/errors.hpp"

#include <boost/beast/core/string.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace tws::load {
namespace {

constexpr std::uint64_t most_copied = 64 * 1024;  // of a body

// RFC 9110 9.2.2
bool is_idempotent(std::string_view method) {
  constexpr std::array<std::string_view, 6> methods{"GET",   "HEAD", "OPTIONS",
                                                    "TRACE", "PUT",  "DELETE"};
  return std::ranges::find(methods, method) != methods.end();
}

// RFC 9110 8.6: a Content-Length of 0 if the method defines a meaning for a body.
bool has_length(std::string_view method, bool has_body) {
  return has_body || method == "POST" || method == "PUT" || method == "PATCH";
}

bool has_header(const Plan& plan, std::string_view name) {
  return std::ranges::any_of(
      plan.headers, [&](const auto& header) { return boost::beast::iequals(header.first, name); });
}

// The head behind the path, without the empty line. `length` is that of the body; nothing: there is
// no such field, or it follows.
std::string behind_path(const Plan& plan, const Url& url, std::optional<std::uint64_t> length,
                        bool ask_to_close) {
  std::string head = fmt::format(" HTTP/{}\r\n", plan.http_version);
  const auto add = [&](std::string_view name, std::string_view value) {
    if (!has_header(plan, name)) head += fmt::format("{}: {}\r\n", name, value);
  };
  add("Host", url.host_header);
  add("User-Agent", "hammer/" TWS_VERSION);
  add("Accept", "*/*");
  if (length) add("Content-Length", std::to_string(*length));
  if (ask_to_close)
    add("Connection", "close");
  else if (plan.http_version == "1.0" && plan.keep_alive())
    add("Connection", "keep-alive");  // RFC 9112 C.2.2
  if (!plan.proxy.empty() && !url.secure)
    if (const auto user = parse_proxy(plan.proxy).authorization; !user.empty())
      add("Proxy-Authorization", user);
  if (!url.authorization.empty()) add("Authorization", url.authorization);
  for (const auto& [name, value] : plan.headers) head += fmt::format("{}: {}\r\n", name, value);
  return head;
}

std::optional<std::uint64_t> length_of(std::string_view method, const Body& body) {
  if (!has_length(method, !body.empty())) return {};
  return body.size();
}

Request request_of(std::string head, const Body& body) {
  Request request{std::move(head), {}};
  if (body.size() <= most_copied)
    request.head += body.bytes();
  else
    request.rest = body;
  return request;
}

bool headers_differ(const Plan& plan) {
  return std::ranges::any_of(
      plan.headers, [](const auto& header) { return may_have_placeholders(header.second); });
}

Pattern head_pattern(const Plan& plan, const Line& line, const AskedUrl& url, bool has_body,
                     bool ask_to_close) {
  Pattern head;
  head.add_text(line.method + ' ').add(url.pattern);
  head.add(parse_pattern("--header", behind_path(plan, url, {}, ask_to_close)));
  if (has_length(line.method, has_body)) {
    head.add_text("Content-Length: ").add_body_size();
    head.add_text("\r\n");
  }
  head.add_text("\r\n");
  return head;
}

}  // namespace

void RequestPattern::fill(bool is_last, Values values, std::string& body_buffer,
                          Request& to) const {
  body_buffer.clear();
  if (body) body->append_to(body_buffer, values, 0);
  const auto size = body ? body_buffer.size() : same_body.size();
  to.head.clear();
  (is_last ? last : kept).append_to(to.head, values, size);
  to.rest = {};
  if (body)
    to.head += body_buffer;
  else if (size <= most_copied)
    to.head += same_body.bytes();
  else
    to.rest = same_body;
}

AskedUrl parse_asked_url(std::string_view text) {
  const auto begin = path_begin(text);
  if (!may_have_placeholders(text.substr(begin))) {
    AskedUrl url{parse_url(text), {}};
    url.pattern.add_text(url.path);
    return url;
  }
  AskedUrl url{parse_url(text.substr(0, begin)), {}};
  url.url = without_password(text);
  url.pattern = parse_path_pattern(fmt::format("URL '{}'", url.url), text.substr(begin));
  return url;
}

std::string serialise_head(const Plan& plan, const Url& url, bool ask_to_close) {
  return plan.method + ' ' + url.path +
         behind_path(plan, url, length_of(plan.method, plan.body), ask_to_close) + "\r\n";
}

std::shared_ptr<const Pattern> body_pattern(const Body& body) {
  if (!may_have_placeholders(body.bytes())) return nullptr;
  return std::make_shared<const Pattern>(parse_pattern("body", body.bytes()));
}

Url parse_proxy(std::string_view text) {
  Url url;
  try {
    url = parse_url(text);
  } catch (const UsageError& error) {
    throw UsageError(fmt::format("--proxy: {}", error.what()));
  }
  if (url.secure || url.path != "/")
    throw UsageError(fmt::format(
        "--proxy: '{}' is not http://[USER:PASSWORD@]HOST:PORT, such as http://127.0.0.1:3128",
        url.url));
  return url;
}

Request tunnel_to(const Plan& plan, const Url& url) {
  // RFC 9110 9.3.6: always with a port.
  const auto authority = url.port == 443 ? fmt::format("{}:443", url.host_header) : url.host_header;
  auto head = fmt::format("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\nUser-Agent: hammer/{1}\r\n",
                          authority, TWS_VERSION);
  if (const auto user = parse_proxy(plan.proxy).authorization; !user.empty())
    head += fmt::format("Proxy-Authorization: {}\r\n", user);
  return {head + "\r\n", {}};
}

Ask ask_of(const Plan& plan, const Line& line, AskedUrl url,
           const std::shared_ptr<const Pattern>& body) {
  if (!plan.proxy.empty() && !url.secure) {  // absolute-form (RFC 9112 3.2.2)
    Pattern absolute;
    absolute.add_text("http://" + url.host_header);
    url.pattern = absolute.add(url.pattern);
  }
  Ask ask;
  ask.to_head = line.method == "HEAD";
  ask.repeatable = is_idempotent(line.method);
  const bool server_closes = plan.close_by == CloseBy::server;
  const bool is_same_body = !body || !body->has_placeholders();
  const Body same_body = !is_same_body ? Body() : body ? Body(body->text()) : line.body;
  if (is_same_body && !url.pattern.has_placeholders() && !headers_differ(plan)) {
    const auto head = [&](bool ask_to_close) {
      return line.method + ' ' + url.pattern.text() +
             behind_path(plan, url, length_of(line.method, same_body), ask_to_close) + "\r\n";
    };
    ask.kept = request_of(head(false), same_body);
    ask.last = request_of(head(server_closes), same_body);
    return ask;
  }
  const bool has_body = !is_same_body || !same_body.empty();
  ask.pattern = RequestPattern{head_pattern(plan, line, url, has_body, false),
                               head_pattern(plan, line, url, has_body, server_closes),
                               is_same_body ? nullptr : body, same_body};
  return ask;
}

}  // namespace tws::load
