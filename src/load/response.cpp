#include "tws/load/response.hpp"

#include <boost/beast/http/error.hpp>

#include <cstring>

namespace tws::load {
namespace {

namespace http = boost::beast::http;

// RFC 9110 15.2 allows any number; a server that never gets to its answer is cut off here.
constexpr int most_interim_responses = 32;

}  // namespace

ResponseParser::ResponseParser() {
  eager(true);
  header_limit(most_head_bytes);
  body_limit(boost::none);
}

void ResponseReader::start(bool to_head) {
  to_head_ = to_head;
  done_ = false;
  interim_ = 0;
  parser_.reset();
}

void ResponseReader::begin_parsing() {
  parser_.emplace();
  parser_->skip(to_head_);
}

void ResponseReader::finish() {
  done_ = true;
  status_ = parser_->status();
  body_bytes_ = parser_->body_bytes();
  keep_alive_ = parser_->keep_alive();
}

bool ResponseReader::repeats_last(const char* data, std::size_t size) const {
  const auto& head = last_.head;
  return !head.empty() && size == head.size() + last_.body_bytes && to_head_ == last_.to_head &&
         std::memcmp(data, head.data(), head.size()) == 0;
}

std::size_t ResponseReader::feed(const char* data, std::size_t size,
                                 boost::system::error_code& error) {
  error = {};
  const bool first = !parser_;
  if (first) {
    if (repeats_last(data, size)) {
      done_ = true;
      status_ = last_.status;
      body_bytes_ = last_.body_bytes;
      keep_alive_ = last_.keep_alive;
      return size;
    }
    begin_parsing();
  }
  std::size_t used = 0;
  while (used < size && !done_ && !error) {
    used += parser_->put(boost::asio::const_buffer(data + used, size - used), error);
    if (error == http::error::need_more) {
      error = {};
      break;
    }
    if (error || !parser_->is_done()) break;
    if (parser_->status() < 100) {
      error = http::error::bad_status;
    } else if (parser_->status() >= 200) {
      finish();
    } else if (parser_->status() == 101 || ++interim_ > most_interim_responses) {
      error = http::error::bad_status;  // nobody asked to switch protocols
    } else {
      begin_parsing();
    }
  }
  // Chunks are framed by more than the head.
  if (first && done_ && used == size && interim_ == 0 && !parser_->chunked()) {
    last_.head.assign(data, size - body_bytes_);
    last_.body_bytes = body_bytes_;
    last_.status = status_;
    last_.keep_alive = keep_alive_;
    last_.to_head = to_head_;
  }
  return used;
}

void ResponseReader::feed_end(boost::system::error_code& error) {
  error = {};
  if (!parser_ || !parser_->got_some() || !parser_->is_header_done()) {
    error = http::error::partial_message;
    return;
  }
  parser_->put_eof(error);
  if (!error) finish();
}

std::string response_error_name(const boost::system::error_code& error) {
  if (error == http::error::partial_message) return "truncated";
  if (error == http::error::header_limit || error == http::error::buffer_overflow)
    return "head too large";
  return "protocol";
}

}  // namespace tws::load
