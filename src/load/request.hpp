// The requests that a target is asked, as bytes.
#pragma once

#include "http/url.hpp"
#include "load/pattern.hpp"
#include "tws/measure/plan.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tws::load {

// The bytes of a request: `head` is the head and a small body, `rest` a body that is too large to
// be copied for each target.
struct Request {
  std::string head;
  Body rest;
  std::uint64_t size() const { return head.size() + rest.size(); }
};

// A request with placeholders.
struct RequestPattern {
  Pattern kept, last;                   // the head; see Ask
  std::shared_ptr<const Pattern> body;  // null: `same_body`
  Body same_body;

  // `body_buffer` is for its own use.
  void fill(bool is_last, Values values, std::string& body_buffer, Request& to) const;
};

// One of the requests that take turns on a target's connections.
struct Ask {
  Request kept;  // serialised once; both are empty if `pattern` has a value
  Request last;  // the same, with `Connection: close` if the plan says that the server closes
  std::optional<RequestPattern> pattern;
  bool to_head = false;     // the method is HEAD
  bool repeatable = false;  // the method is idempotent (RFC 9110 9.2.2)
  std::size_t number = 0;   // as RequestTally::by_url
};

// A URL whose path may have placeholders; Url::path is then "/".
struct AskedUrl : Url {
  Pattern pattern;
};
// Throws UsageError.
AskedUrl parse_asked_url(std::string_view text);

// The request's head. A header of the plan replaces hammer's own header of that name.
std::string serialise_head(const Plan& plan, const Url& url, bool ask_to_close);

// "http://user:password@host:port". Throws UsageError that names --proxy.
Url parse_proxy(std::string_view text);
// What asks the plan's proxy for a tunnel.
Request tunnel_to(const Plan& plan, const Url& url);

// A line's body as a pattern; null if it has no placeholders.
std::shared_ptr<const Pattern> body_pattern(const Body& body);

// `body`: the line's.
Ask ask_of(const Plan& plan, const Line& line, AskedUrl url,
           const std::shared_ptr<const Pattern>& body);

}  // namespace tws::load
