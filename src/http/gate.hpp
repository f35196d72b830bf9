// Checks the raw head of a request before Beast's parser sees it (RFC 9112, 9110). Beast 1.81
// accepts requests that must be refused: a missing or a second Host, folded lines,
// "Transfer-Encoding: chunked, gzip" (Beast sees no body and reads it as the next request). Beast
// also obeys keep-alive next to close, and Proxy-Connection. If the gate accepts a head, Beast
// accepts it too, and consumes exactly this head. Pure: it has no socket.
#pragma once

#include "tws/http/head_limits.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tws {

// For one request head; make a new Gate for the next.
class Gate {
 public:
  enum class Verdict {
    unfinished,  // nothing wrong so far
    accepted,
    refused,
  };

  explicit Gate(const HeadLimits& limits) : limits_(limits) {}

  // `bytes`: all bytes of this request so far, from its first one on. Each call gets the bytes of
  // the previous call and more; each byte is checked once. Bytes after the head are ignored.
  Verdict look(std::string_view bytes);

  // If accepted: where the head begins (after empty lines, RFC 9112 2.2) and ends in the bytes.
  std::size_t head_begin() const { return head_begin_; }
  std::size_t head_end() const { return next_; }

  // If accepted: whether the connection may stay open. Close wins over keep-alive (RFC 9112 9.3,
  // 9.6).
  bool keep_alive() const { return !says_close_ && (!is_1_0_ || says_keep_alive_); }

  // If refused: the status of the response. The connection must be closed, because the start of the
  // next request is unknown.
  unsigned status() const { return status_; }

 private:
  Verdict refuse(unsigned status);
  unsigned end_of_line(std::string_view line);
  unsigned request_line(std::string_view line);
  unsigned field_line(std::string_view line);
  unsigned end_of_head() const;
  unsigned too_long(std::string_view bytes) const;

  HeadLimits limits_;
  std::size_t head_begin_ = 0;
  std::size_t line_begin_ = 0;
  std::size_t next_ = 0;  // the first byte that was not checked
  unsigned status_ = 0;
  bool in_fields_ = false;
  bool done_ = false;

  bool is_1_0_ = false;
  bool says_close_ = false;
  bool says_keep_alive_ = false;
  std::size_t fields_ = 0;
  int hosts_ = 0;
  int content_types_ = 0;
  int content_lengths_ = 0;
  int transfer_encodings_ = 0;
};

}  // namespace tws
