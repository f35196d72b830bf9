// One request: its head read by Beast's parser behind the gate, without an allocation (but for a
// body that is echoed).
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

// The last three are the admin listener's.
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

// What of a target matters to the answer. `number` is its N, MS or CODE.
struct Target {
  Route route = Route::none;
  std::uint64_t number = 0;
};

// "/bytes/1000?x" and "http://host/bytes/1000" are both {bytes, 1000} (RFC 9112 3.2.1, 3.2.2).
Target target_of(std::string_view text);

// Whether the answer is the request's own body.
bool is_echoed(boost::beast::http::verb method, Route route);

struct Request {
  boost::beast::http::verb method = boost::beast::http::verb::unknown;
  Target target;
  int version = 11;      // 10 or 11
  unsigned refusal = 0;  // the status to answer with and close, where it isn't a request we take
  bool keep_alive = false;
  bool unmet_expectation = false;  // an Expect that is not 100-continue
  bool body_unread = false;  // the answer comes instead of "100 Continue", and nothing behind it
};

// How much is kept of what has come and was not parsed yet: a head, and what came with its end.
std::size_t buffer_limit(const ServerLimits& limits);

// For one request: make a new one for the next.
class RequestParser : public boost::beast::http::basic_parser<true> {
 public:
  // The body is put into `body` if it will be echoed, else thrown away.
  RequestParser(const ServerLimits& limits, std::string& body);

  // Parses and consumes what is in the buffer, of this request only. True: request() is complete,
  // or has a refusal. False: more bytes are needed.
  bool feed(boost::beast::flat_buffer& buffer);

  // Before its head is complete it has no more than a method, HEAD, if it begins like that.
  const Request& request() const { return request_; }

  // Of one that is not complete: whether the head has come whole, and the body is awaited.
  bool is_in_body() const { return is_header_done(); }

  // True once, when the client waits for "100 Continue" before it sends the body.
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
  ChunkedBody chunks_;  // Beast sees none of it
  bool expects_continue_ = false;
};

}  // namespace tws::server
