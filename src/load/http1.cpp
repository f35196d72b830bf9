#include "load/http1.hpp"

#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <cerrno>

namespace tws::load {
namespace {

constexpr std::size_t most_kept = 4096;  // bytes of buffer that a connection keeps

Cause cause_of(ResponseFault fault) {
  switch (fault) {
    case ResponseFault::truncated:
      return Cause::truncated;
    case ResponseFault::head_too_large:
      return Cause::head_too_large;
    case ResponseFault::no_http:
      break;
  }
  return Cause::protocol;
}

}  // namespace

void Http1::connected() {
  if (left_.capacity() > most_kept) left_ = std::vector<char>();
  left_.clear();
}

void Http1::start(const io::Transport& transport, const Target& target, bool last, bool to_head) {
  request_ = last ? &target.last : &target.kept;
  is_last_ = last;
  sent_ = 0;
  begin_ = transport.handed_over();
  reader_.start(to_head);
}

ssize_t Http1::send(io::Transport& transport) {
  const auto size = transport.send(request_->data() + sent_, request_->size() - sent_);
  if (size > 0) sent_ += static_cast<std::size_t>(size);
  return size;
}

Http1::Received Http1::receive(io::Transport& transport) {
  const auto before = left_.size();
  std::copy(left_.begin(), left_.end(), buffer_.begin());
  const auto size = transport.receive(buffer_.data() + before, buffer_.size() - before);
  if (size < 0) return {size};
  boost::system::error_code error;
  if (size == 0) {
    reader_.feed_end(error);
  } else {
    const auto here = before + static_cast<std::size_t>(size);
    const auto used = reader_.feed(buffer_.data(), here, error);
    left_.assign(buffer_.data() + used, buffer_.data() + here);
    if (!error && left_.size() >= most_head_bytes)
      error = boost::beast::http::error::buffer_overflow;
  }
  if (!error) return {size};
  return {size, cause_of(fault_of(error))};
}

bool Http1::may_go_on(const io::Transport& transport) const {
  return !is_last_ && has_sent_all() && !transport.has_ended() && left_.empty() &&
         reader_.keep_alive();
}

bool Http1::is_surely_unread(const io::Transport& transport) const {
  return transport.handed_over() == begin_ ||
         (transport.has_ended() && transport.acknowledged() <= begin_);
}

}  // namespace tws::load
