#include "load/http1.hpp"

#include <algorithm>
#include <cerrno>

namespace tws::load {
namespace {

constexpr std::size_t most_kept = 4096;  // bytes of buffer that a connection keeps

}  // namespace

void Http1::connected() {
  if (left_.capacity() > most_kept) left_ = std::vector<char>();
  left_.clear();
}

void Http1::start(const io::Transport& transport, const Request& request, bool last, bool to_head) {
  request_ = &request;
  is_last_ = last;
  sent_ = 0;
  begin_ = transport.handed_over();
  reader_.start(to_head);
}

ssize_t Http1::send(io::Transport& transport) {
  const auto& [head, rest] = *request_;
  ssize_t size = 0;
  if (rest.empty())
    size = transport.send(head.data() + sent_, head.size() - sent_);
  else if (sent_ < head.size())
    size = transport.send(std::string_view(head).substr(sent_), rest.bytes());
  else
    size = transport.send(rest.bytes().data() + (sent_ - head.size()), request_->size() - sent_);
  if (size > 0) sent_ += static_cast<std::size_t>(size);
  return size;
}

Http1::Received Http1::receive(io::Transport& transport) {
  const auto before = left_.size();
  std::copy(left_.begin(), left_.end(), buffer_.begin());
  const auto size = transport.receive(buffer_.data() + before, buffer_.size() - before);
  if (size < 0) return {size};
  if (size == 0) {
    const auto fault = reader_.feed_end();
    // Nothing but the end says how long the response is, and anybody can have cut it (RFC
    // 9112 9.8).
    const bool is_cut = fault == ResponseFault::none && transport.is_cut();
    return {0, is_cut ? ResponseFault::truncated : fault};
  }
  Received received{size};
  const auto here = before + static_cast<std::size_t>(size);
  const auto used = reader_.feed(buffer_.data(), here, received.fault);
  if (received.fault == ResponseFault::none)
    left_.assign(buffer_.data() + used, buffer_.data() + here);
  else
    received.wrong = {buffer_.data() + used, here - used};
  return received;
}

bool Http1::has_stray_bytes() const {
  return strict_ ? !left_.empty()
                 : std::ranges::any_of(left_, [](char c) { return c != '\r' && c != '\n'; });
}

bool Http1::may_go_on(const io::Transport& transport) const {
  return !is_last_ && has_sent_all() && !transport.has_ended() && !has_stray_bytes() &&
         reader_.keep_alive();
}

bool Http1::is_surely_unread(const io::Transport& transport) const {
  return transport.handed_over() == begin_ ||
         ((transport.has_ended() || is_answered()) && transport.acknowledged() <= begin_);
}

}  // namespace tws::load
