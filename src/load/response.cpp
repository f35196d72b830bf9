#include "tws/load/response.hpp"

#include <boost/beast/http/error.hpp>

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
  parser_.emplace();
  parser_->skip(to_head_);
}

std::size_t ResponseReader::feed(const char* data, std::size_t size,
                                 boost::system::error_code& error) {
  std::size_t used = 0;
  error = {};
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
      done_ = true;
    } else if (parser_->status() == 101 || ++interim_ > most_interim_responses) {
      error = http::error::bad_status;  // nobody asked to switch protocols
    } else {
      parser_.emplace();
      parser_->skip(to_head_);
    }
  }
  return used;
}

void ResponseReader::feed_end(boost::system::error_code& error) {
  error = {};
  if (!parser_->got_some() || !parser_->is_header_done()) {
    error = http::error::partial_message;
    return;
  }
  parser_->put_eof(error);
  done_ = !error;
}

std::uint64_t ResponseReader::opaque_bytes() const {
  if (!parser_->is_header_done() || parser_->chunked() || done_) return 0;
  if (parser_->need_eof()) return std::numeric_limits<std::uint64_t>::max();
  return parser_->content_length_remaining().value_or(0);
}

std::string response_error_name(const boost::system::error_code& error) {
  if (error == http::error::partial_message) return "truncated";
  if (error == http::error::header_limit || error == http::error::buffer_overflow)
    return "head too large";
  return "protocol";
}

}  // namespace tws::load
