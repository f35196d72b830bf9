#include "tws/measure/unreadable.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace tws {

std::string_view protocol_of(std::string_view bytes) {
  // RFC 8446 5.1: an alert or a handshake record, of a version 3.x.
  if (bytes.size() >= 2 && (bytes[0] == 0x15 || bytes[0] == 0x16) && bytes[1] == 0x03) return "TLS";
  // RFC 9113 3.4, 4.1: a SETTINGS frame of stream 0.
  if (bytes.size() >= 9 && bytes[0] == 0 && bytes[3] == 4 &&
      bytes.substr(5, 4) == std::string_view("\0\0\0\0", 4))
    return "HTTP/2";
  // A greeting of protocol version 10, behind a length of three bytes and the sequence number 0.
  if (bytes.size() >= 5 && bytes[3] == 0 && bytes[4] == 10) return "MySQL";
  constexpr std::array<std::pair<std::string_view, std::string_view>, 14> begins{{
      {"HTTP/2", "HTTP/2"},
      {"HTTP/3", "HTTP/3"},
      {"HTTP/1.1 ", ""},
      {"HTTP/1.0 ", ""},
      {"HTTP/", "another version of HTTP"},
      {"<", "HTTP/0.9 (a page without a head)"},
      {"ICY ", "SHOUTcast"},
      {"RTSP/", "RTSP"},
      {"SSH-", "SSH"},
      {"220 ", "SMTP or FTP"},
      {"220-", "SMTP or FTP"},
      {"* OK", "IMAP"},
      {"-ERR", "Redis or POP3"},
      {"+OK", "Redis or POP3"},
  }};
  for (const auto& [begin, protocol] : begins)
    if (bytes.starts_with(begin)) return protocol;
  return {};
}

std::string hex(std::string_view bytes, std::size_t most) {
  std::string text;
  for (const char c : bytes.substr(0, most))
    text += fmt::format("{}{:02x}", text.empty() ? "" : " ", static_cast<unsigned char>(c));
  return bytes.size() > most ? text + " ..." : text;
}

std::string words_of_bytes(const Unreadable& one) {
  constexpr std::size_t most = 12;
  const auto protocol = one.what == wrong_status_line ? protocol_of(one.bytes) : std::string_view();
  return hex(one.bytes, most) +
         (protocol.empty() ? std::string() : fmt::format(", looks like {}", protocol));
}

}  // namespace tws
