// HTTP/1.1 on one connection: sends the bytes of a request and reads its response. It uses no clock
// and no counters.
#pragma once

#include "http/response.hpp"
#include "io/transport.hpp"
#include "load/target.hpp"
#include "tws/measure/failure.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tws::load {

class Http1 {
 public:
  // Both belong to the worker: all its connections read into the same buffer, which stays in the
  // processor's cache.
  Http1(LastResponse& last, std::vector<char>& buffer) : reader_(last), buffer_(buffer) {}

  // For a new connection: discards unused bytes of the previous one.
  void connected();
  // Begins a request. `last`: the connection ends after it.
  void start(const io::Transport& transport, const Target& target, bool last, bool to_head);

  // Sends as much as the kernel takes. Returns the number of bytes, or -errno.
  ssize_t send(io::Transport& transport);
  // Reads once. Bytes that the reader can't use yet are kept. Returns the number of bytes, 0 if the
  // server has closed, or -errno; -EAGAIN if there was nothing. With a `failure` no response can
  // follow.
  struct Received {
    ssize_t size = 0;
    std::optional<Cause> failure = {};
  };
  Received receive(io::Transport& transport);

  const std::string& request() const { return *request_; }
  bool has_sent_all() const { return sent_ == request_->size(); }
  bool is_answered() const { return reader_.done(); }
  int status() const { return reader_.status(); }
  std::uint64_t body_bytes() const { return reader_.body_bytes(); }  // so far
  std::size_t extra_bytes() const { return left_.size(); }           // after the response

  // After a response: whether another request may follow. A response before the request was
  // completely sent ends the connection (RFC 9112 9.5), and so do bytes after the response.
  bool may_go_on(const io::Transport& transport) const;
  // After a response: whether client or server has said that the connection ends.
  bool ends_here() const { return is_last_ || !reader_.keep_alive(); }
  bool says_keep_alive() const { return reader_.keep_alive(); }

  // For a connection that ended before a response: the server cannot have answered this request.
  // Either no byte was sent, or the server's FIN acknowledged no byte of it. A FIN acknowledges
  // everything received before it, so the server closed before the request arrived. A RST proves
  // nothing: bytes that the server has read may stay unacknowledged for some 40 ms
  // (TCP_DELACK_MIN), and the kernel ignores the acknowledgement in a RST.
  bool is_surely_unread(const io::Transport& transport) const;
  // At least a part of the request was not acknowledged.
  bool is_partly_unread(const io::Transport& transport) const { return !transport.is_taken(); }

 private:
  const std::string* request_ = nullptr;  // the target's `kept` or `last`
  std::size_t sent_ = 0;                  // bytes sent
  std::uint64_t begin_ = 0;               // bytes given to the transport before this request
  bool is_last_ = false;
  ResponseReader reader_;
  std::vector<char>& buffer_;
  std::vector<char> left_;  // received bytes that the reader has not used yet
};

}  // namespace tws::load
