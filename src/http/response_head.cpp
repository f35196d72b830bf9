#include "http/response_head.hpp"

#include "http/grammar.hpp"

#include <boost/beast/core/string.hpp>

#include <algorithm>
#include <charconv>

namespace tws {
namespace {

constexpr auto none = ResponseFault::none;

bool may_begin(std::string_view bytes) {
  constexpr std::string_view version = "HTTP/1.";
  const auto size = std::min(bytes.size(), version.size());
  return bytes.substr(0, size) == version.substr(0, size);
}

bool is_empty_line(std::string_view bytes) {
  return bytes.starts_with('\n') || bytes.starts_with("\r\n");
}

// The size of the first line with its LF; 0 if it is not whole. A line that begins with a blank
// continues the field before it (RFC 9112 5.2), so that a field is whole when the next byte is
// here.
std::size_t size_of_line(std::string_view bytes, bool is_field) {
  auto end = bytes.find('\n');
  while (is_field && end != bytes.npos && !is_empty_line(bytes)) {
    if (end + 1 == bytes.size()) return 0;
    if (!is_blank(bytes[end + 1])) break;
    end = bytes.find('\n', end + 1);
  }
  return end == bytes.npos ? 0 : end + 1;
}

// Lines that end with CR alone: their end would never be found.
bool has_lone_cr(std::string_view bytes) {
  for (auto at = bytes.find('\r'); at != bytes.npos; at = bytes.find('\r', at + 1))
    if (at + 1 < bytes.size() && bytes[at + 1] != '\n') return true;
  return false;
}

// Without whitespace and the ends of folded lines around it.
std::string_view trimmed(std::string_view text) {
  constexpr std::string_view white = " \t\r\n";
  const auto begin = std::min(text.find_first_not_of(white), text.size());
  text.remove_prefix(begin);
  return text.substr(0, text.find_last_not_of(white) + 1);
}

// Also true with a parameter or other text after the name.
bool names_chunked(std::string_view coding) {
  return boost::beast::iequals(coding.substr(0, coding.find_first_of(" \t\r\n;")), "chunked");
}

}  // namespace

bool ResponseHead::forgive(Lenience what) {
  if (strict_) return false;
  leniences_.add(what);
  return true;
}

ResponseFault ResponseHead::take(std::string_view& bytes) {
  while (state_ != State::complete) {
    const bool is_first = state_ == State::status_line;
    if (!is_first && !bytes.empty() && is_blank(bytes.front())) return ResponseFault::header_line;
    if (is_first && !bytes.empty() && !is_empty_line(bytes) && bytes != "\r") {
      has_begun_ = true;
      if (!may_begin(bytes)) return ResponseFault::status_line;
    }
    const auto size = size_of_line(bytes, !is_first);
    if (size_ + (size == 0 ? bytes.size() : size) >= most_head_bytes)
      return ResponseFault::head_too_large;
    if (size == 0 && has_lone_cr(bytes))
      return is_first ? ResponseFault::status_line : ResponseFault::header_line;
    if (size == 0) return none;
    if (const auto fault = take_line(bytes.substr(0, size)); fault != none) return fault;
    size_ += size;
    bytes.remove_prefix(size);
  }
  return none;
}

ResponseFault ResponseHead::take_line(std::string_view line) {
  const bool is_first = state_ == State::status_line;
  const auto wrong = is_first ? ResponseFault::status_line : ResponseFault::header_line;
  line.remove_suffix(1);
  if (line.ends_with('\r'))
    line.remove_suffix(1);
  else if (!forgive(Lenience::line_feed_alone))
    return wrong;
  if (!line.empty()) return is_first ? take_status_line(line) : take_field(line);
  if (!is_first)
    state_ = State::complete;
  else if (!forgive(Lenience::empty_line))
    return wrong;
  return none;
}

// status-line = HTTP-version SP status-code SP [ reason-phrase ]
ResponseFault ResponseHead::take_status_line(std::string_view line) {
  constexpr auto wrong = ResponseFault::status_line;
  constexpr std::size_t version_size = 8, code_size = 3, least = version_size + 1 + code_size;
  if (line.size() < least || (line[7] != '0' && line[7] != '1') || line[8] != ' ') return wrong;
  const auto code = line.substr(version_size + 1, code_size);
  if (!are_digits(code) || code[0] == '0') return wrong;
  if (line.size() == least) {
    if (!forgive(Lenience::status_without_space)) return wrong;
  } else if (line[least] != ' ') {
    return wrong;
  }
  if (std::any_of(line.begin() + least, line.end(), is_bad_in_value)) return wrong;
  minor_version_ = line[7] - '0';
  status_ = (code[0] - '0') * 100 + (code[1] - '0') * 10 + code[2] - '0';
  state_ = State::fields;
  return none;
}

// field-line = field-name ":" OWS field-value OWS
ResponseFault ResponseHead::take_field(std::string_view line) {
  constexpr auto wrong = ResponseFault::header_line;
  const auto colon = line.find(':');
  const auto name = line.substr(0, colon);
  if (colon == line.npos || !is_token(name)) return wrong;
  for (std::size_t i = colon + 1; i < line.size(); ++i) {
    if (!is_bad_in_value(line[i])) continue;
    const bool has_cr = line[i] == '\r';
    if (has_cr && (i + 1 == line.size() || line[i + 1] != '\n')) return wrong;
    if (!has_cr && line[i] != '\n') return wrong;
    if (!forgive(Lenience::folded_line)) return wrong;
    if (has_cr) ++i;
  }
  const auto value = trimmed(line.substr(colon + 1));
  using boost::beast::iequals;
  if (name.size() == 10 && iequals(name, "Connection")) take_connection(value);
  if (location_ && name.size() == 8 && iequals(name, "Location")) *location_ = value;
  if (name.size() == 14 && iequals(name, "Content-Length")) return take_length(value);
  if (name.size() == 17 && iequals(name, "Transfer-Encoding")) return take_codings(value);
  return none;
}

// RFC 9112 6.3: a list of equal numbers may be taken for one.
ResponseFault ResponseHead::take_length(std::string_view value) {
  constexpr auto wrong = ResponseFault::content_length;
  for (bool is_last = false; !is_last;) {
    is_last = value.find(',') == value.npos;
    const auto digits = trimmed(next_of_list(value));
    std::uint64_t length = 0;
    if (!are_digits(digits)) return wrong;
    const auto* const end = digits.data() + digits.size();
    if (std::from_chars(digits.data(), end, length).ec != std::errc()) return wrong;
    if (length_ && (*length_ != length || !forgive(Lenience::repeated_length))) return wrong;
    length_ = length;
  }
  return none;
}

// A value that is neither clearly chunked nor clearly another coding is refused, since the framing
// of the body is then unknown (RFC 9112 6.1, 6.3). So is a coding after "chunked": by RFC 9112 6.3
// such a body lasts until the connection ends, but no server sends that.
ResponseFault ResponseHead::take_codings(std::string_view value) {
  has_coding_ = true;
  while (!value.empty()) {
    const auto coding = trimmed(next_of_list(value));
    if (coding.empty()) continue;
    const bool is_chunked = boost::beast::iequals(coding, "chunked");
    if (coding_ == Coding::chunked || (!is_chunked && names_chunked(coding)))
      return ResponseFault::transfer_encoding;
    coding_ = is_chunked ? Coding::chunked : Coding::other;
  }
  return coding_ == Coding::none ? ResponseFault::transfer_encoding : none;
}

void ResponseHead::take_connection(std::string_view value) {
  while (!value.empty()) {
    const auto option = trimmed(next_of_list(value));
    if (boost::beast::iequals(option, "close")) says_close_ = true;
    if (boost::beast::iequals(option, "keep-alive")) says_keep_alive_ = true;
  }
}

// RFC 9112 6.3
ResponseFault ResponseHead::find_framing(bool to_head) {
  if (to_head || status_ < 200 || status_ == 204 || status_ == 304) return none;
  if (has_coding_ && length_) return ResponseFault::content_length;
  if (coding_ == Coding::chunked)
    framing_ = Framing::chunks;
  else if (length_)
    framing_ = Framing::length;
  else
    framing_ = Framing::until_end;
  return none;
}

// RFC 9112 9.3. A transfer coding in HTTP/1.0 makes the framing faulty, so this is the last
// response (RFC 9112 6.1).
bool ResponseHead::stays_open() const {
  if (says_close_ || framing_ == Framing::until_end) return false;
  return minor_version_ == 1 || (says_keep_alive_ && !has_coding_);
}

}  // namespace tws
