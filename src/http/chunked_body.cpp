#include "http/chunked_body.hpp"

#include "http/grammar.hpp"

#include <algorithm>

namespace tws {

namespace {

std::uint64_t hex_value(char c) {
  return static_cast<std::uint64_t>(is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
}

}  // namespace

std::string_view ChunkedBody::next_data(std::string_view& bytes) {
  while (!bytes.empty() && state_ == State::unfinished) {
    if (expects_ == Expects::data) {
      const auto data = bytes.substr(0, std::min<std::uint64_t>(size_, bytes.size()));
      bytes.remove_prefix(data.size());
      size_ -= data.size();
      if (size_ == 0) expects_ = Expects::data_cr;
      return data;
    }
    take(bytes.front());
    bytes.remove_prefix(1);
  }
  return {};
}

void ChunkedBody::take(char c) {
  expects_ = after(c);
  if (expects_ == Expects::end) state_ = State::complete;
  if (expects_ == Expects::nothing && state_ == State::unfinished) state_ = State::malformed;
  if (++overhead_ > limits_.overhead && state_ == State::unfinished)
    state_ = State::too_much_overhead;
}

// chunk = chunk-size [ chunk-ext ] CRLF chunk-data CRLF
ChunkedBody::Expects ChunkedBody::after(char c) {
  switch (expects_) {
    case Expects::size_begin:
      size_ = 0;
      [[fallthrough]];
    case Expects::size:
      if (is_hex_digit(c)) {
        if (size_ >> 60 != 0) return Expects::nothing;
        size_ = size_ << 4 | hex_value(c);
        return Expects::size;
      }
      return expects_ == Expects::size_begin ? Expects::nothing : after_in_extension(c);
    case Expects::size_line_end:
      return c == '\n' ? end_of_size_line() : Expects::nothing;
    case Expects::data_cr:
      return c == '\r' ? Expects::data_lf : Expects::nothing;
    case Expects::data_lf:
      return c == '\n' ? Expects::size_begin : Expects::nothing;
    case Expects::trailer_begin:
    case Expects::trailer_name:
    case Expects::trailer_value:
    case Expects::trailer_line_end:
    case Expects::last_lf:
      return after_in_trailer(c);
    default:
      return after_in_extension(c);
  }
}

// chunk-ext = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] ). For whitespace before
// CRLF see ChunkLimits: parsers disagree whether it belongs to the size.
ChunkedBody::Expects ChunkedBody::after_in_extension(char c) {
  switch (expects_) {
    case Expects::semicolon:
      if (is_blank(c)) return Expects::semicolon;
      return c == ';' ? Expects::extension_begin : after_blank(c);
    case Expects::extension_begin:
      if (is_blank(c)) return Expects::extension_begin;
      return is_token_char(c) ? Expects::extension_name : Expects::nothing;
    case Expects::extension_name:
      if (is_token_char(c)) return Expects::extension_name;
      if (is_blank(c)) return Expects::after_extension_name;
      if (c == '=') return Expects::extension_value_begin;
      break;
    case Expects::after_extension_name:
      if (is_blank(c)) return Expects::after_extension_name;
      if (c == '=') return Expects::extension_value_begin;
      return c == ';' ? Expects::extension_begin : after_blank(c);
    case Expects::extension_value_begin:
      if (is_blank(c)) return Expects::extension_value_begin;
      if (c == '"') return Expects::quoted;
      return is_token_char(c) ? Expects::extension_value : Expects::nothing;
    case Expects::extension_value:
      if (is_token_char(c)) return Expects::extension_value;
      break;
    case Expects::quoted:
      if (c == '"') return Expects::extension_end;
      if (c == '\\') return Expects::quoted_pair;
      return is_bad_in_value(c) ? Expects::nothing : Expects::quoted;
    case Expects::quoted_pair:
      return is_bad_in_value(c) ? Expects::nothing : Expects::quoted;
    default:  // after the size, or after a quoted value
      break;
  }
  if (is_blank(c)) return Expects::semicolon;
  if (c == ';') return Expects::extension_begin;
  return c == '\r' ? Expects::size_line_end : Expects::nothing;
}

// A size line may end here where that is forgiven.
ChunkedBody::Expects ChunkedBody::after_blank(char c) {
  if (c != '\r' || !limits_.blanks_after_size) return Expects::nothing;
  has_blank_ = true;
  return Expects::size_line_end;
}

ChunkedBody::Expects ChunkedBody::end_of_size_line() {
  limits_.overhead += limits_.overhead_per_chunk;
  if (size_ == 0) return Expects::trailer_begin;
  if (size_ > limits_.body - data_) {
    state_ = State::too_much_data;
    return Expects::nothing;
  }
  data_ += size_;
  return Expects::data;
}

// trailer-section = *( field-line CRLF ), and an empty line
ChunkedBody::Expects ChunkedBody::after_in_trailer(char c) const {
  switch (expects_) {
    case Expects::trailer_begin:
      if (c == '\r') return Expects::last_lf;
      return is_token_char(c) ? Expects::trailer_name
                              : Expects::nothing;  // this also refuses a folded line
    case Expects::trailer_name:
      if (c == ':') return Expects::trailer_value;
      return is_token_char(c) ? Expects::trailer_name : Expects::nothing;
    case Expects::trailer_value:
      if (c == '\r') return Expects::trailer_line_end;
      return is_bad_in_value(c) ? Expects::nothing : Expects::trailer_value;
    case Expects::trailer_line_end:
      return c == '\n' ? Expects::trailer_begin : Expects::nothing;
    default:
      return c == '\n' ? Expects::end : Expects::nothing;
  }
}

}  // namespace tws
