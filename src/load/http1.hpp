// HTTP/1.1 on one connection: the bytes of a request on their way out, and the reader of its
// response. It knows no clock and no counters.
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

  // On a new connection nothing is left of what the one before it received.
  void connected();
  // A request begins. `last`: the connection ends after it.
  void start(const io::Transport& transport, const Target& target, bool last, bool to_head);

  // Hands over as much as the kernel takes: the number of bytes, or -errno.
  ssize_t send(io::Transport& transport);
  // Reads once. What the reader can't use yet is kept for the next time. The number of bytes, 0 at
  // the server's end, or -errno; -EAGAIN where there was nothing. `failure`: there will be no
  // response any more.
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
  std::size_t extra_bytes() const { return left_.size(); }           // behind the response

  // Answered: whether another request may follow. An answer that came before all was sent ends the
  // connection (RFC 9112 9.5), and so do bytes behind it.
  bool may_go_on(const io::Transport& transport) const;
  // Answered: whether one of the two has said that the connection ends.
  bool ends_here() const { return is_last_ || !reader_.keep_alive(); }
  bool says_keep_alive() const { return reader_.keep_alive(); }

  // A connection that broke before any answer. Surely: no byte of the request was handed over, or
  // the server's FIN acknowledged nothing of it. A FIN acknowledges all that has come before it, so
  // it was sent before the request came, by a server that can answer nothing any more. A RST says
  // nothing of the kind: what has been read may be unacknowledged for some 40 ms (TCP_DELACK_MIN),
  // and a RST's own acknowledgement is not looked at.
  bool is_surely_unread(const io::Transport& transport) const;
  // At least a part of it was not acknowledged.
  bool is_partly_unread(const io::Transport& transport) const { return !transport.is_taken(); }

 private:
  const std::string* request_ = nullptr;  // the target's `kept` or `last`
  std::size_t sent_ = 0;                  // bytes of it
  std::uint64_t begin_ = 0;               // what the transport had been given before it
  bool is_last_ = false;
  ResponseReader reader_;
  std::vector<char>& buffer_;
  std::vector<char> left_;  // received bytes that the reader has not used yet
};

}  // namespace tws::load
