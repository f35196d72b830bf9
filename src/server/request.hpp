// One request: its head is checked by the gate, then parsed by Beast, without allocations (except
// for an echoed body).
#pragma once

#include "http/chunked_body.hpp"
#include "http/gate.hpp"
#include "tws/server/options.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/verb.hpp>
#include <boost/beast/version.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace tws::server {

// The last three exist on the admin listener only.
enum class Route {
  none,
  root,
  bytes,
  delay,
  status,
  echo,
  unframed,
  asterisk,
  healthz,
  metrics,
  census
};

// The parts of a target that the response depends on. `number` is N, MS or CODE.
struct Target {
  Route route = Route::none;
  std::uint64_t number = 0;
};

// "/bytes/1000?x" and "http://host/bytes/1000" are both {bytes, 1000} (RFC 9112 3.2.1, 3.2.2).
Target target_of(std::string_view text);

// Whether the response repeats the request's body.
bool is_echoed(boost::beast::http::verb method, Route route);

struct Request {
  boost::beast::http::verb method = boost::beast::http::verb::unknown;
  Target target;
  int version = 11;      // 10 or 11
  unsigned refusal = 0;  // if not 0: respond with this status and close
  bool keep_alive = false;
  bool unmet_expectation = false;  // an Expect that is not 100-continue
  bool body_unread = false;        // the response replaces "100 Continue"; no body follows
  bool plain = false;              // came without TLS where TLS is spoken
};

// The most received bytes that are kept unparsed: a head, and bytes that came with its end.
std::size_t buffer_limit(const ServerLimits& limits);

// For one request; make a new RequestParser for the next.
class RequestParser : public boost::beast::http::basic_parser<true> {
 public:
  // The body is stored in `body` if it will be echoed, otherwise discarded.
  RequestParser(const ServerLimits& limits, std::string& body);

  // Parses and consumes this request's bytes in the buffer. True: request() is complete, or has a
  // refusal. False: more bytes are needed.
  bool feed(boost::beast::flat_buffer& buffer);

  // Before the head is complete, only the method is set, and only if it is HEAD.
  const Request& request() const { return request_; }

  // For an incomplete request: whether the head is complete and the body is not.
  bool is_in_body() const { return is_header_done(); }

  // True once, if the client waits for "100 Continue" before it sends the body.
  bool take_expectation();

 private:
  using string_view = boost::beast::string_view;
  using error_code = boost::beast::error_code;
  using field = boost::beast::http::field;

  void on_request_impl(boost::beast::http::verb method, string_view method_text, string_view target,
                       int version, error_code& ec) override;
  void on_response_impl(int, string_view, int, error_code&) override {}
  void on_field_impl(field name, string_view name_text, string_view value, error_code& ec) override;
#if BOOST_BEAST_VERSION >= 359
  void on_trailer_field_impl(field, string_view, string_view, error_code&) override {}
#endif
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code& ec) override;
  std::size_t on_body_impl(string_view part, error_code& ec) override;
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view, error_code&) override {
    return 0;
  }
  void on_finish_impl(error_code&) override {}

  bool refuse(unsigned status);
  bool feed_head(boost::beast::flat_buffer& buffer);
  bool feed_body(boost::beast::flat_buffer& buffer);
  bool feed_chunks(boost::beast::flat_buffer& buffer);

  Gate gate_;
  Request request_;
  std::string& body_;
  ChunkedBody chunks_;  // Beast does not see them
  bool expects_continue_ = false;
};

}  // namespace tws::server
