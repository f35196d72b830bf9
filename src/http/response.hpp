// Reads responses (RFC 9112) from bytes, in constant memory: no header field is kept, bodies are
// counted and discarded. Pure: it has no socket.
#pragma once

#include "http/chunked_body.hpp"
#include "http/response_fault.hpp"
#include "http/response_head.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tws {

// The last response that came in one piece. Most servers send the same head until the Date changes,
// once a second. A response that begins with the same bytes is not parsed again.
struct LastResponse {
  std::string head;
  std::uint64_t body_bytes = 0;
  int status = 0;
  bool keep_alive = false;
  bool to_head = false;
  Leniences leniences;
  std::string location;  // if it is kept
};

class ResponseReader {
 public:
  // `last` is shared by the readers of one thread and outlives them. `strict`: nothing that a
  // server must not send is forgiven. `keep_location`: for redirects.
  explicit ResponseReader(LastResponse& last, bool strict = false, bool keep_location = false)
      : last_(last), strict_(strict), keep_location_(keep_location) {}

  // Starts a new response; `to_head`: the request's method was HEAD, so there is no body.
  void start(bool to_head);

  // Reads bytes in order and returns how many were used. It stops after the response's last byte.
  // Until then, pass unused bytes again, followed by more. With a fault the bytes are no response,
  // nothing more can be read from the connection, and the first unused byte is of the wrong part.
  std::size_t feed(const char* data, std::size_t size, ResponseFault& fault);

  // To be called when the connection has ended. Without a fault the response is complete: its body
  // ends here.
  ResponseFault feed_end();

  bool done() const { return done_; }
  // A byte of it has come; empty lines before it are none.
  bool has_begun() const { return done_ || interim_ > 0 || head_.has_begun(); }
  // Valid if it is done. `keep_alive`: the server will keep the connection open.
  bool keep_alive() const { return keep_alive_; }
  int status() const { return status_; }
  Leniences leniences() const { return leniences_; }
  // The field Location if it is kept; empty without one.
  const std::string& location() const { return location_; }
  // Valid at any time: of this response, so far.
  std::uint64_t body_bytes() const { return body_bytes_; }

 private:
  bool repeats_last(const char* data, std::size_t size) const;
  void repeat_last();
  void remember(const char* data, std::size_t size);
  ResponseHead new_head();
  ResponseFault take_head(std::string_view& bytes);
  ResponseFault take_body(std::string_view& bytes);
  ResponseFault take_chunks(std::string_view& bytes);
  void finish();

  LastResponse& last_;
  bool strict_, keep_location_;
  bool to_head_ = false;
  bool is_fed_ = false;
  bool done_ = false;
  bool keep_alive_ = false;
  Leniences leniences_;
  int interim_ = 0;  // 1xx responses before the final one
  int status_ = 0;
  std::uint64_t body_bytes_ = 0;
  ResponseHead head_;
  ChunkedBody chunks_{{}};
  std::string location_;
};

}  // namespace tws
