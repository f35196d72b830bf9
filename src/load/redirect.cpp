// Redirects (RFC 9110 15.4). A request that follows one is a request of its own, on a connection to
// the same target.
#include "load/connection.hpp"
#include "tws/support/errors.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace tws::load {
namespace {

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// The target of a request: "/path", or with a proxy "http://host/path".
std::string_view target_of(std::string_view head) {
  const auto begin = head.find(' ') + 1;
  return head.substr(begin, head.find(' ', begin) - begin);
}

std::string_view method_of(std::string_view head) {
  return head.substr(0, head.find(' '));
}

Body body_of(const Request& request) {
  if (!request.rest.empty()) return request.rest;
  return request.head.substr(request.head.find("\r\n\r\n") + 4);
}

// RFC 3986 5.2, of what `asked` of the origin was answered with; empty if it is no reference.
std::string resolved(const std::string& origin, std::string_view asked, std::string_view location) {
  std::string reference;
  append_encoded(reference, location.substr(0, location.find('#')), UrlPart::query);
  // A path that needs no base need not have one that Boost.URL takes.
  const bool is_whole = location.starts_with('/') || location.find("://") != location.npos;
  const auto base = origin + std::string(is_whole ? "/" : asked);
  const auto from = boost::urls::parse_uri(base);
  const auto to = boost::urls::parse_uri_reference(reference);
  boost::urls::url url;
  if (!from || !to || !boost::urls::resolve(*from, *to, url)) return {};
  return std::string(url.buffer());
}

}  // namespace

// The response is complete: the request that follows it, if one does.
std::unique_ptr<Ask> Connection::hop() const {
  const Plan& plan = shared_.job.plan;
  const Request& request = http_.request();
  const auto origin =
      fmt::format("{}://{}", target_->secure ? "https" : "http", target_->host_header);
  auto asked = target_of(request.head);
  if (!asked.starts_with('/')) asked.remove_prefix(std::min(origin.size(), asked.size()));
  const auto url = resolved(origin, asked, http_.location());
  std::optional<AskedUrl> to;
  try {
    if (!url.empty()) to.emplace(parse_asked_url(url));
  } catch (const UsageError&) {
  }
  if (!to || !is_same_authority(*to, *target_) || hops_ >= plan.redirects) return nullptr;
  // RFC 9110 15.4.2 to 15.4.4: as browsers do.
  const auto method = method_of(request.head);
  const bool stays =
      http_.status() >= 307 || (http_.status() != 303 && method != "POST") || method == "HEAD";
  const Line line{1, std::string(stays ? method : "GET"), url, stays ? body_of(request) : Body()};
  to->authorization =
      parse_asked_url(plan.lines.empty() ? plan.urls[ask_->number] : plan.lines[ask_->number].url)
          .authorization;
  auto ask = std::make_unique<Ask>(ask_of(plan, line, *to, nullptr));
  ask->number = ask_->number;
  return ask;
}

void Connection::follow() {
  if (shared_.job.plan.redirects == 0 || !is_redirect(http_.status()) || http_.location().empty())
    return;
  next_hop_ = hop();
  if (!next_hop_) ++shared_.books.tally.redirects_left;
}

// The connection's next request follows a redirect.
void Connection::choose_hop() {
  hop_ = std::move(next_hop_);
  ask_ = hop_.get();
  ++hops_;
  ++shared_.books.tally.redirects_followed;
}

// Such a request goes to the target of the one before it.
const Target* Connection::only_target() const {
  const bool on_hop = next_hop_ || (ask_ != nullptr && ask_ == hop_.get());
  return on_hop ? target_ : nullptr;
}

}  // namespace tws::load
