#include "http/gate.hpp"

#include "http/grammar.hpp"

#include <boost/beast/core/string.hpp>

#include <algorithm>

namespace tws {
namespace {

using boost::beast::iequals;

constexpr std::size_t most_empty_lines = 2;
constexpr std::size_t longest_method = 32;  // a longer, unknown one gets 501 (RFC 9112 3)
constexpr std::size_t version_size = 8;     // "HTTP/1.1"
constexpr std::size_t longest_length = 18;  // digits of a Content-Length: less than 2^63

bool is_encoded(std::string_view text, std::size_t at) {
  return text[at] == '%' && at + 2 < text.size() && is_hex_digit(text[at + 1]) &&
         is_hex_digit(text[at + 2]);
}

bool is_encoded_control(std::string_view text, std::size_t at) {
  return is_encoded(text, at) && (text[at + 1] == '0' || text[at + 1] == '1' ||
                                  (text[at + 1] == '7' && (text[at + 2] | 0x20) == 'f'));
}

bool has_encoded_control(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i)
    if (is_encoded_control(text, i)) return true;
  return false;
}

// True if `text` has only these characters and percent-encoded bytes other than control bytes.
bool is_name(std::string_view text, std::string_view punctuation) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_encoded(text, i) ? is_encoded_control(text, i)
                            : !is_alpha(c) && !is_digit(c) && punctuation.find(c) == text.npos)
      return false;
    if (c == '%') i += 2;
  }
  return !text.empty();
}

// The zone after the "%" in "[fe80::1%25eth0]" (RFC 6874), or in "[fe80::1%eth0]", which some
// clients send.
bool is_zone(std::string_view text) {
  constexpr std::string_view unreserved = "-._~";
  if (text.starts_with("25")) return is_name(text.substr(2), unreserved);
  return text.find('%') == text.npos && is_name(text, unreserved);
}

// An IPv6 address, with a zone or without (RFC 3986 3.2.2).
bool is_ip_literal(std::string_view text) {
  const auto percent = text.find('%');
  const auto address = text.substr(0, percent);
  return address.size() >= 2 &&
         address.find_first_not_of("0123456789abcdefABCDEF:.") == address.npos &&
         (percent == text.npos || is_zone(text.substr(percent + 1)));
}

// uri-host [ ":" port ] (RFC 9110 7.2, RFC 3986 3.2.2); never empty for http (RFC 9110 4.2.1).
bool is_authority(std::string_view text) {
  std::size_t end = 0;
  if (text.starts_with('[')) {
    end = text.find(']');
    if (end == text.npos || !is_ip_literal(text.substr(1, end - 1))) return false;
    ++end;
  } else {
    end = std::min(text.find(':'), text.size());
    if (!is_name(text.substr(0, end), "-._~!$&'()*+;=")) return false;
  }
  if (end == text.size()) return true;
  const auto port = text.substr(end + 1);
  return text[end] == ':' && (port.empty() || are_digits(port));
}

// Bytes that no form of a target allows, and the backslash, which some servers and proxies take for
// a slash.
bool has_bad_bytes(std::string_view target) {
  return target.empty() || std::any_of(target.begin(), target.end(), [](char c) {
           return is_control(c) || c == ' ' || c == '#' || c == '\\' ||
                  static_cast<unsigned char>(c) > 0x7f;
         });
}

// Percent-encoded control bytes can also mean another path to the next server (RFC 3986 7.3). In a
// query they are allowed: a form with a text of two lines sends them.
bool is_path_and_query(std::string_view text) {
  return !has_encoded_control(text.substr(0, text.find('?')));
}

// RFC 9112 3.2
bool is_target(std::string_view method, std::string_view target) {
  if (has_bad_bytes(target)) return false;
  if (method == "CONNECT") return is_authority(target) && target.find(':') != target.npos;
  if (target == "*") return method == "OPTIONS";
  if (target.starts_with('/')) return is_path_and_query(target);
  const auto scheme = target.find("://");
  if (scheme == target.npos) return false;
  if (!iequals(target.substr(0, scheme), "http") && !iequals(target.substr(0, scheme), "https"))
    return false;
  const auto rest = target.substr(scheme + 3);
  const auto authority = rest.substr(0, rest.find_first_of("/?"));
  return is_authority(authority) && is_path_and_query(rest.substr(authority.size()));
}

// True if `c` may not follow `before` in a header line: CR and LF only as CRLF (RFC 9112 2.2), no
// other control byte except tab. `before` is '\0' for the first byte.
bool is_bad_in_line(char before, char c) {
  return (before == '\r') != (c == '\n') || (is_bad_in_value(c) && c != '\r' && c != '\n');
}

}  // namespace

Gate::Verdict Gate::look(std::string_view bytes) {
  while (!done_ && next_ < bytes.size()) {
    const char c = bytes[next_];
    if (is_bad_in_line(next_ > line_begin_ ? bytes[next_ - 1] : '\0', c)) return refuse(400);
    ++next_;
    if (c == '\n') {
      const auto line = bytes.substr(line_begin_, next_ - 2 - line_begin_);
      line_begin_ = next_;
      if (const unsigned status = end_of_line(line)) return refuse(status);
    }
    if (const unsigned status = too_long(bytes)) return refuse(status);
  }
  if (status_ != 0) return Verdict::refused;
  return done_ ? Verdict::accepted : Verdict::unfinished;
}

Gate::Verdict Gate::refuse(unsigned status) {
  done_ = true;
  status_ = status;
  return Verdict::refused;
}

// A line or head over its limit is refused before it is complete.
unsigned Gate::too_long(std::string_view bytes) const {
  const std::size_t size = next_ - head_begin_;
  if (in_fields_) return size > limits_.head ? 431 : 0;
  if (size == longest_method + 1) {
    const auto method = bytes.substr(head_begin_, size);
    if (method.find(' ') == method.npos) return is_token(method) ? 501 : 400;
  }
  return size > std::min(limits_.head, longest_method + limits_.target + version_size + 4) ? 414
                                                                                           : 0;
}

unsigned Gate::end_of_line(std::string_view line) {
  if (in_fields_) {
    if (!line.empty()) return field_line(line);
    done_ = true;
    return end_of_head();
  }
  if (line.empty()) {
    head_begin_ = next_;
    return next_ > 2 * most_empty_lines ? 400 : 0;
  }
  in_fields_ = true;
  return request_line(line);
}

unsigned Gate::request_line(std::string_view line) {
  const auto method = line.substr(0, line.find(' '));
  if (!is_token(method)) return 400;
  const auto last = line.rfind(' ');
  if (last == line.npos || last <= method.size()) return 400;
  const auto target = line.substr(method.size() + 1, last - method.size() - 1);
  if (target.size() > limits_.target) return 414;
  const auto version = line.substr(last + 1);
  if (version.size() != version_size || !version.starts_with("HTTP/") || !is_digit(version[5]) ||
      version[6] != '.' || !is_digit(version[7]))
    return 400;
  is_1_0_ = version.ends_with("1.0");
  if (!is_1_0_ && !version.ends_with("1.1")) return 505;
  return is_target(method, target) ? 0 : 400;
}

unsigned Gate::field_line(std::string_view line) {
  if (++fields_ > limits_.fields) return 431;
  // A line that begins with whitespace would continue the previous one (RFC 9112 5.2). Parsers
  // disagree whether a space before the colon is part of the name (5.1).
  const auto colon = line.find(':');
  if (colon == line.npos || !is_token(line.substr(0, colon))) return 400;
  const auto name = line.substr(0, colon);
  const auto value = without_whitespace(line.substr(colon + 1));
  if (iequals(name, "Host")) {
    if (++hosts_ > 1 || !is_authority(value)) return 400;
  } else if (iequals(name, "Content-Length")) {
    // "5, 5" and leading zeros are refused, because other parsers may read them differently.
    if (++content_lengths_ > 1 || !are_digits(value) || value.size() > longest_length ||
        (value.size() > 1 && value.front() == '0'))
      return 400;
  } else if (iequals(name, "Transfer-Encoding")) {
    ++transfer_encodings_;
    if (is_1_0_ || transfer_encodings_ > 1) return 400;
    const auto last = without_whitespace(value.substr(value.rfind(',') + 1));
    if (!iequals(last, "chunked")) return 400;  // the body's end is unknown (RFC 9112 6.3)
    if (last == value) return 0;
    const auto first = value.substr(0, value.rfind(','));
    const bool are_codings = all_of_list(first, [](std::string_view coding) {
      return is_token(coding) && !iequals(coding, "chunked");
    });
    return are_codings ? 501 : 400;  // RFC 9112 6.1
  } else if (iequals(name, "Content-Type")) {
    if (++content_types_ > 1) return 400;  // RFC 9110 5.3, 8.3
  } else if (iequals(name, "Connection") || iequals(name, "Proxy-Connection")) {
    const bool is_ours = iequals(name, "Connection");  // no standard defines the other one
    const bool are_options = all_of_list(value, [&](std::string_view option) {
      says_close_ |= is_ours && iequals(option, "close");
      says_keep_alive_ |= is_ours && iequals(option, "keep-alive");
      return option.empty() || is_token(option);
    });
    if (!are_options) return 400;
  }
  return 0;
}

unsigned Gate::end_of_head() const {
  if (hosts_ == 0 && !is_1_0_) return 400;                          // RFC 9112 3.2
  if (transfer_encodings_ > 0 && content_lengths_ > 0) return 400;  // RFC 9112 6.1
  return 0;
}

}  // namespace tws
