// Reads the head of a response (RFC 9112 4, 5, 6.3) line by line. It allocates nothing and keeps no
// header field but those that say where the body ends and whether the connection stays, and
// Location where that is asked for. What leaves the end of the body open is refused. Pure: it has
// no socket.
#pragma once

#include "http/response_fault.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tws {

// Limit for the head of a response, and for the framing of a chunk on average.
inline constexpr std::size_t most_head_bytes = 64 * 1024;

class ResponseHead {
 public:
  enum class Framing : std::uint8_t { nothing, length, chunks, until_end };

  // `strict`: nothing is forgiven. `location`: gets the value of this field.
  explicit ResponseHead(bool strict = false, std::string* location = nullptr)
      : strict_(strict), location_(location) {}

  // Removes whole lines from the front of `bytes`, until the head is complete. What is left begins
  // with an unfinished line, or with a wrong one.
  ResponseFault take(std::string_view& bytes);

  bool is_complete() const { return state_ == State::complete; }
  // A byte of the status line has come.
  bool has_begun() const { return has_begun_; }
  Leniences leniences() const { return leniences_; }

  // Valid if it is complete.
  int status() const { return status_; }
  // `to_head`: the request's method was HEAD.
  ResponseFault find_framing(bool to_head);
  Framing framing() const { return framing_; }
  std::uint64_t length() const { return length_.value_or(0); }
  bool stays_open() const;

 private:
  enum class State : std::uint8_t { status_line, fields, complete };
  enum class Coding : std::uint8_t { none, other, chunked };

  ResponseFault take_line(std::string_view line);
  ResponseFault take_status_line(std::string_view line);
  ResponseFault take_field(std::string_view line);
  ResponseFault take_length(std::string_view value);
  ResponseFault take_codings(std::string_view value);
  void take_connection(std::string_view value);
  // Whether it is forgiven.
  bool forgive(Lenience what);

  bool strict_;
  std::string* location_;
  bool has_begun_ = false;
  State state_ = State::status_line;
  Framing framing_ = Framing::nothing;
  Coding coding_ = Coding::none;  // the last one of all fields
  bool has_coding_ = false;
  bool says_close_ = false, says_keep_alive_ = false;
  Leniences leniences_;
  int status_ = 0;
  int minor_version_ = 1;
  std::size_t size_ = 0;  // of all lines so far
  std::optional<std::uint64_t> length_;
};

}  // namespace tws
