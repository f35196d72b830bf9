// HTTP/1.1 on one connection: sends the bytes of a request and reads its response. It uses no clock
// and no counters.
#pragma once

#include "http/response.hpp"
#include "io/transport.hpp"
#include "load/request.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tws::load {

class Http1 {
 public:
  // Both belong to the worker: all its connections read into the same buffer, which stays in the
  // processor's cache.
  Http1(LastResponse& last, std::vector<char>& buffer, bool strict, bool keep_location = false)
      : strict_(strict), reader_(last, strict, keep_location), buffer_(buffer) {}

  // For a new connection: discards unused bytes of the previous one.
  void connected();
  // Begins a request. `last`: the connection ends after it.
  void start(const io::Transport& transport, const Request& request, bool last, bool to_head);

  // Sends as much as the kernel takes. Returns the number of bytes, or -errno.
  ssize_t send(io::Transport& transport);
  // Reads once. Bytes that the reader can't use yet are kept. Returns the number of bytes, 0 if the
  // server has closed, or -errno; -EAGAIN if there was nothing. With a `fault` no response can
  // follow; `wrong` are then the bytes from the wrong place on, until the next call.
  struct Received {
    ssize_t size = 0;
    ResponseFault fault = ResponseFault::none;
    std::string_view wrong = {};
  };
  Received receive(io::Transport& transport);
  // Whether a byte of the response has come.
  bool has_begun() const { return reader_.has_begun(); }

  const Request& request() const { return *request_; }
  bool has_sent_all() const { return sent_ == request_->size(); }
  bool is_answered() const { return reader_.done(); }
  int status() const { return reader_.status(); }
  const std::string& location() const { return reader_.location(); }
  Leniences leniences() const { return reader_.leniences(); }
  std::uint64_t body_bytes() const { return reader_.body_bytes(); }  // so far
  std::size_t extra_bytes() const { return left_.size(); }           // after the response

  // After a response: whether another request may follow. A response before the request was
  // completely sent ends the connection (RFC 9112 9.5), and so do bytes after the response, except
  // for empty lines, which the reader discards before the next one.
  bool may_go_on(const io::Transport& transport) const;
  // After a response: whether client or server has said that the connection ends.
  bool ends_here() const { return is_last_ || !reader_.keep_alive(); }
  bool says_keep_alive() const { return reader_.keep_alive(); }

  // For a connection that ended before a response: the server cannot have answered this request.
  // Either no byte was sent, or the server's FIN, or its bytes, acknowledged no byte of it. They
  // acknowledge everything received before them, so that they were sent before the request arrived.
  // A RST proves nothing: bytes that the server has read may stay unacknowledged for some 40 ms
  // (TCP_DELACK_MIN), and the kernel ignores the acknowledgement in a RST.
  bool is_surely_unread(const io::Transport& transport) const;
  // At least a part of the request was not acknowledged.
  bool is_partly_unread(const io::Transport& transport) const { return !transport.is_taken(); }

 private:
  const Request* request_ = nullptr;  // see Ask
  std::size_t sent_ = 0;              // bytes sent
  std::uint64_t begin_ = 0;           // bytes given to the transport before this request
  bool is_last_ = false;
  bool strict_;
  ResponseReader reader_;
  std::vector<char>& buffer_;
  bool has_stray_bytes() const;

  std::vector<char> left_;  // received bytes that the reader has not used yet
};

}  // namespace tws::load
