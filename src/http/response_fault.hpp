// What can be wrong with a response, and what is forgiven: values, and their words.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tws {

enum class ResponseFault : std::uint8_t {
  none,
  truncated,       // the connection ended within the response
  head_too_large,  // or the framing of a chunk
  // The others are no HTTP/1.1.
  status_line,
  header_line,
  content_length,
  transfer_encoding,
  chunk,
  switching,  // 101, which hammer never asks for
  interim,    // too many responses of 1xx
};

constexpr std::string_view words(ResponseFault fault) {
  constexpr std::array<std::string_view, 10> all{"",
                                                 "truncated",
                                                 "head too large",
                                                 "status line",
                                                 "header line",
                                                 "Content-Length",
                                                 "Transfer-Encoding",
                                                 "chunk",
                                                 "101 that nobody asked for",
                                                 "too many interim responses"};
  return all[static_cast<std::size_t>(fault)];
}

// What a server must not send, and what leaves no doubt where the response ends. Each is counted
// once a response.
enum class Lenience : std::uint8_t {
  status_without_space,
  line_feed_alone,
  folded_line,
  repeated_length,
  blank_after_chunk_size,
  empty_line,
};
inline constexpr std::array<std::string_view, 6> lenience_words{
    "status lines without a space",
    "heads with lines that end with LF alone",
    "heads with folded lines",
    "heads that repeat their Content-Length",
    "bodies with blanks behind a chunk size",
    "responses with empty lines around them"};

inline constexpr std::array<std::string_view, 6> lenience_words_of_one{
    "status line without a space",
    "head with lines that end with LF alone",
    "head with folded lines",
    "head that repeats its Content-Length",
    "body with blanks behind a chunk size",
    "response with empty lines around it"};

class Leniences {
 public:
  void add(Lenience one) { bits_ |= static_cast<std::uint8_t>(1u << static_cast<unsigned>(one)); }
  void add(Leniences others) { bits_ |= others.bits_; }
  bool empty() const { return bits_ == 0; }
  bool operator==(const Leniences&) const = default;
  bool has(std::size_t index) const { return bits_ >> index & 1u; }

 private:
  std::uint8_t bits_ = 0;
};

}  // namespace tws
