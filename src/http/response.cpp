#include "http/response.hpp"

#include "http/grammar.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <cstring>
#include <string_view>

namespace tws {
namespace {

namespace http = boost::beast::http;

// RFC 9110 15.2 allows any number; this limit ends a server that never sends its final response.
constexpr int most_interim_responses = 32;

// Beast validates a partial head only once it is complete. Input that is not HTTP may never
// complete one, so its first bytes are checked here.
bool may_become_http(std::string_view begin) {
  constexpr std::string_view version = "HTTP/1.";
  const auto size = std::min(begin.size(), version.size());
  return begin.substr(0, size) == version.substr(0, size);
}

// Also true with a parameter or other text after the name.
bool names_chunked(std::string_view coding) {
  return boost::beast::iequals(coding.substr(0, coding.find_first_of(" \t;")), "chunked");
}

}  // namespace

ResponseParser::ResponseParser() {
  header_limit(most_head_bytes);
  body_limit(boost::none);
}

std::size_t ResponseParser::take(std::string_view bytes, error_code& error) {
  if (is_header_done() && chunked()) return take_chunks(bytes, error);
  return put({bytes.data(), bytes.size()}, error);  // not eager: stops at the head's end
}

std::size_t ResponseParser::take_chunks(std::string_view bytes, error_code& error) {
  const auto size = bytes.size();
  while (!bytes.empty() && chunks_.state() == ChunkedBody::State::unfinished)
    body_bytes_ += chunks_.next_data(bytes).size();
  if (chunks_.state() == ChunkedBody::State::too_much_overhead)
    error = http::error::buffer_overflow;
  else if (chunks_.state() == ChunkedBody::State::malformed)
    error = http::error::bad_chunk;
  return size - bytes.size();
}

// Beast 1.81 accepts a malformed list of codings: it takes "chunked abc" for chunked. A value that
// is neither clearly chunked nor clearly another coding is refused, because the framing of the body
// is then unknown (RFC 9112 6.1, 6.3).
void ResponseParser::on_field_impl(http::field field, string_view, string_view value,
                                   error_code& error) {
  if (field != http::field::transfer_encoding) return;
  has_transfer_encoding_ = true;
  std::string_view codings(value.data(), value.size());
  auto last = next_of_list(codings);
  while (!codings.empty() && !names_chunked(last)) last = next_of_list(codings);
  // The rest follows "chunked". By RFC 9112 6.3 such a body lasts until the connection ends, but no
  // server sends that, and Beast refuses it in two fields.
  if (!codings.empty() || boost::beast::iequals(last, "chunked") != chunked())
    error = http::error::bad_transfer_encoding;
}

void ResponseParser::on_header_impl(error_code& error) {
  // Beast 1.81 refuses both fields together only if the coding is chunked. RFC 9112 6.3: an error.
  if (has_transfer_encoding_ && content_length()) error = http::error::bad_content_length;
  // RFC 9112 6.1: a transfer coding in HTTP/1.0 makes the framing faulty, so this is the last
  // response.
  stays_open_ = keep_alive() && !(has_transfer_encoding_ && version_ < 11);
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
  keep_alive_ = parser_->stays_open();
}

std::uint64_t ResponseReader::body_bytes() const {
  if (done_) return body_bytes_;
  return parser_ ? parser_->body_bytes() : 0;
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
    if (!parser_->has_start_line()) {
      const std::string_view begin(data + used, size - used);
      if (begin.starts_with("\r\n")) {
        used += 2;  // empty lines before a response are discarded (RFC 9112 9.2)
        continue;
      }
      if (begin == "\r") break;
      if (!may_become_http(begin)) {
        error = http::error::bad_version;
        break;
      }
    }
    used += parser_->take({data + used, size - used}, error);
    if (error == http::error::need_more) {
      error = {};
      break;
    }
    if (error) break;
    if (!parser_->is_complete()) continue;
    if (parser_->status() >= 200) {
      finish();
    } else if (parser_->status() == 101 || ++interim_ > most_interim_responses) {
      error = http::error::bad_status;  // hammer never asks to switch protocols
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

ResponseFault fault_of(const boost::system::error_code& error) {
  if (error == http::error::partial_message) return ResponseFault::truncated;
  if (error == http::error::header_limit || error == http::error::buffer_overflow)
    return ResponseFault::head_too_large;
  return ResponseFault::no_http;
}

}  // namespace tws
