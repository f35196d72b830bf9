// Reads responses (RFC 9112) from bytes, in constant memory: no header field is kept, bodies are
// counted and discarded. Pure: it has no socket.
#pragma once

#include "http/chunked_body.hpp"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/version.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tws {

// Limit for the head of a response, and for the framing of a chunk on average.
inline constexpr std::uint32_t most_head_bytes = 64 * 1024;

// Beast's parser without its container of fields, so that parsing a response allocates nothing.
class ResponseParser final : public boost::beast::http::basic_parser<false> {
 public:
  ResponseParser();

  bool has_start_line() const { return version_ != 0; }
  // Parses the next bytes and returns how many were used; none of an incomplete head.
  std::size_t take(std::string_view bytes, boost::system::error_code& error);
  bool is_complete() const { return is_done() || chunks_.state() == ChunkedBody::State::complete; }
  int status() const { return status_; }
  std::uint64_t body_bytes() const { return body_bytes_; }  // so far
  // As the head says.
  bool stays_open() const { return stays_open_; }

 private:
  using error_code = boost::beast::error_code;
  using string_view = boost::beast::string_view;

  void on_request_impl(boost::beast::http::verb, string_view, string_view, int,
                       error_code&) override {}
  void on_response_impl(int status, string_view, int version, error_code& error) override {
    status_ = status;
    version_ = version;
    if (status < 100) error = boost::beast::http::error::bad_status;
  }
  void on_field_impl(boost::beast::http::field field, string_view, string_view value,
                     error_code& error) override;
#if BOOST_BEAST_VERSION >= 359
  void on_trailer_field_impl(boost::beast::http::field, string_view, string_view,
                             error_code&) override {}
#endif
  void on_header_impl(error_code& error) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(string_view body, error_code&) override {
    body_bytes_ += body.size();
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view, error_code&) override {
    return 0;
  }
  void on_finish_impl(error_code&) override {}

  std::size_t take_chunks(std::string_view bytes, error_code& error);

  int status_ = 0;
  int version_ = 0;  // 10 or 11, once the start line is read
  bool has_transfer_encoding_ = false;
  bool stays_open_ = false;
  std::uint64_t body_bytes_ = 0;
  ChunkedBody chunks_{{.overhead = most_head_bytes, .overhead_per_chunk = most_head_bytes}};
};

// The last response that came in one piece. Most servers send the same head until the Date changes,
// once a second. A response that begins with the same bytes is not parsed again.
struct LastResponse {
  std::string head;
  std::uint64_t body_bytes = 0;
  int status = 0;
  bool keep_alive = false;
  bool to_head = false;
};

class ResponseReader {
 public:
  // `last` is shared by the readers of one thread and outlives them.
  explicit ResponseReader(LastResponse& last) : last_(last) {}

  // Starts a new response; `to_head`: the request's method was HEAD, so there is no body.
  void start(bool to_head);

  // Parses bytes in order and returns how many were used. It stops after the response's last byte.
  // Until then, pass unused bytes again, followed by more. On an error the bytes are no HTTP
  // response, and nothing more can be read from the connection.
  std::size_t feed(const char* data, std::size_t size, boost::system::error_code& error);

  // To be called when the connection has ended. Without an error the response is complete: its body
  // ends here.
  void feed_end(boost::system::error_code& error);

  bool done() const { return done_; }
  // Valid after an end without an error. `keep_alive`: the server will keep the connection open.
  bool keep_alive() const { return keep_alive_; }
  int status() const { return status_; }
  // Valid at any time: of this response, so far.
  std::uint64_t body_bytes() const;

 private:
  bool repeats_last(const char* data, std::size_t size) const;
  void begin_parsing();
  void finish();

  LastResponse& last_;
  bool to_head_ = false;
  bool done_ = false;
  int interim_ = 0;  // 1xx responses before the final one
  int status_ = 0;
  std::uint64_t body_bytes_ = 0;
  bool keep_alive_ = false;
  std::optional<ResponseParser> parser_;  // none before the first byte, or if none is needed
};

// The kind of an error of `feed` or `feed_end`.
enum class ResponseFault : std::uint8_t { truncated, head_too_large, no_http };
ResponseFault fault_of(const boost::system::error_code& error);

}  // namespace tws
