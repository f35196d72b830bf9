// Reads responses (RFC 9112) from bytes, in constant memory: no header field is kept, bodies are
// counted and thrown away. Pure: it has no socket.
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

// A response's head may have this many bytes, and so may what frames one chunk of its body, on
// average.
inline constexpr std::uint32_t most_head_bytes = 64 * 1024;

// Beast's parser without its container of fields, so that nothing is allocated for a response.
class ResponseParser final : public boost::beast::http::basic_parser<false> {
 public:
  ResponseParser();

  bool has_start_line() const { return version_ != 0; }
  // Takes what is next and returns how many bytes were used. A head that is not whole is left.
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

// The last response that came in one piece. Servers repeat themselves: most of their heads differ
// from the one before once a second, when the Date does. One that begins with the very same bytes
// needs no parser to be understood.
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

  // Begins with a new response; `to_head`: the request's method was HEAD, so there is no body.
  void start(bool to_head);

  // Takes bytes in order and returns how many of them it has used. It stops behind the response's
  // last byte; before that, bytes that it leaves are to be given again with more behind them.
  // An error says that this is no HTTP response: nothing can be read from the connection any more.
  std::size_t feed(const char* data, std::size_t size, boost::system::error_code& error);

  // The connection has ended. Without an error the response is complete: its body ends here.
  void feed_end(boost::system::error_code& error);

  bool done() const { return done_; }
  // After an end without an error. `keep_alive`: the server will keep the connection open.
  bool keep_alive() const { return keep_alive_; }
  int status() const { return status_; }
  // At any time: of this response, so far.
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
  std::optional<ResponseParser> parser_;  // none before the first byte, or where none is needed
};

// What an error of `feed` and `feed_end` is.
enum class ResponseFault : std::uint8_t { truncated, head_too_large, no_http };
ResponseFault fault_of(const boost::system::error_code& error);

}  // namespace tws
