#include "http/response.hpp"

#include <algorithm>
#include <cstring>

namespace tws {
namespace {

using Framing = ResponseHead::Framing;
constexpr auto none = ResponseFault::none;

// RFC 9110 15.2 allows any number; this limit ends a server that never sends its final response.
constexpr int most_interim_responses = 32;

}  // namespace

void ResponseReader::start(bool to_head) {
  to_head_ = to_head;
  is_fed_ = done_ = false;
  interim_ = 0;
  body_bytes_ = 0;
}

void ResponseReader::finish() {
  done_ = true;
  status_ = head_.status();
  keep_alive_ = head_.stays_open();
  leniences_.add(head_.leniences());
}

ResponseHead ResponseReader::new_head() {
  if (!keep_location_) return ResponseHead(strict_);
  location_.clear();
  return ResponseHead(strict_, &location_);
}

bool ResponseReader::repeats_last(const char* data, std::size_t size) const {
  const auto& head = last_.head;
  return !head.empty() && size == head.size() + last_.body_bytes && to_head_ == last_.to_head &&
         std::memcmp(data, head.data(), head.size()) == 0;
}

void ResponseReader::repeat_last() {
  done_ = true;
  status_ = last_.status;
  body_bytes_ = last_.body_bytes;
  keep_alive_ = last_.keep_alive;
  leniences_ = last_.leniences;
  if (keep_location_) location_ = last_.location;
}

void ResponseReader::remember(const char* data, std::size_t size) {
  last_.head.assign(data, size - body_bytes_);
  last_.body_bytes = body_bytes_;
  last_.status = status_;
  last_.keep_alive = keep_alive_;
  last_.to_head = to_head_;
  last_.leniences = leniences_;
  if (keep_location_) last_.location = location_;
}

std::size_t ResponseReader::feed(const char* data, std::size_t size, ResponseFault& fault) {
  fault = none;
  const bool first = !is_fed_;
  if (first) {
    if (repeats_last(data, size)) {
      repeat_last();
      return size;
    }
    is_fed_ = true;
    leniences_ = {};
    head_ = new_head();
  }
  std::string_view bytes(data, size);
  while (!done_ && fault == none && !bytes.empty()) {
    if (head_.is_complete())
      fault = take_body(bytes);
    else if (fault = take_head(bytes); !head_.is_complete())
      break;  // more is needed
  }
  // Chunks are framed by more than the head.
  if (first && done_ && bytes.empty() && interim_ == 0 && head_.framing() != Framing::chunks)
    remember(data, size);
  return size - bytes.size();
}

ResponseFault ResponseReader::take_head(std::string_view& bytes) {
  for (;;) {
    if (const auto fault = head_.take(bytes); fault != none || !head_.is_complete()) return fault;
    if (head_.status() >= 200) break;
    if (head_.status() == 101) return ResponseFault::switching;
    if (++interim_ > most_interim_responses) return ResponseFault::interim;
    leniences_.add(head_.leniences());
    head_ = new_head();
  }
  if (const auto fault = head_.find_framing(to_head_); fault != none) return fault;
  if (head_.framing() == Framing::chunks)
    chunks_ = ChunkedBody({.overhead = most_head_bytes,
                           .overhead_per_chunk = most_head_bytes,
                           .blanks_after_size = !strict_});
  if (head_.framing() == Framing::nothing ||
      (head_.framing() == Framing::length && head_.length() == 0))
    finish();
  return none;
}

ResponseFault ResponseReader::take_body(std::string_view& bytes) {
  if (head_.framing() == Framing::chunks) return take_chunks(bytes);
  std::uint64_t size = bytes.size();
  if (head_.framing() == Framing::length) size = std::min(size, head_.length() - body_bytes_);
  body_bytes_ += size;
  bytes.remove_prefix(size);
  if (head_.framing() == Framing::length && body_bytes_ == head_.length()) finish();
  return none;
}

ResponseFault ResponseReader::take_chunks(std::string_view& bytes) {
  const auto all = bytes;
  while (!bytes.empty() && chunks_.state() == ChunkedBody::State::unfinished)
    body_bytes_ += chunks_.next_data(bytes).size();
  if (chunks_.state() == ChunkedBody::State::complete) {
    if (chunks_.has_blank_after_size()) leniences_.add(Lenience::blank_after_chunk_size);
    finish();
  }
  if (chunks_.state() == ChunkedBody::State::too_much_overhead)
    return ResponseFault::head_too_large;
  if (chunks_.state() != ChunkedBody::State::malformed) return none;
  bytes = all.substr(all.size() - bytes.size() - 1);  // from the wrong byte on
  return ResponseFault::chunk;
}

ResponseFault ResponseReader::feed_end() {
  if (!is_fed_ || !head_.is_complete() || head_.framing() != Framing::until_end)
    return ResponseFault::truncated;
  finish();
  return none;
}

}  // namespace tws
