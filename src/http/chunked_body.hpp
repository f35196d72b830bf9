// Parses the framing of a chunked body (RFC 9112 7.1), byte by byte and in constant memory. Beast
// 1.81 parses a size line and the trailer section only when they are complete, so it keeps waiting
// for the end of malformed input; and it refuses a Content-Length in a trailer. This parser refuses
// a wrong byte at once, and checks and discards trailer fields whatever their name (RFC 9110 6.5.1,
// RFC 9112 7.1.2). Pure: it has no socket.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

namespace tws {

struct ChunkLimits {
  std::uint64_t body = std::numeric_limits<std::uint64_t>::max();  // bytes of data
  // All other bytes: this many for the whole body, plus as many for each chunk.
  std::uint64_t overhead = 0;
  std::uint64_t overhead_per_chunk = 0;
  bool blanks_after_size = false;  // whether the end of a size line may have blanks before it
};

class ChunkedBody {
 public:
  enum class State { unfinished, complete, malformed, too_much_data, too_much_overhead };

  explicit ChunkedBody(const ChunkLimits& limits) : limits_(limits) {}

  // Removes framing and the next data from the front of `bytes`, and returns the data. Call it
  // until `bytes` is empty or the state is not `unfinished`; then the rest of `bytes` follows the
  // body, or follows the wrong byte.
  std::string_view next_data(std::string_view& bytes);

  State state() const { return state_; }
  bool has_blank_after_size() const { return has_blank_; }

 private:
  enum class Expects {
    size_begin,
    size,
    semicolon,  // or whitespace
    extension_begin,
    extension_name,
    after_extension_name,
    extension_value_begin,
    extension_value,
    quoted,
    quoted_pair,
    extension_end,  // after a quoted value
    size_line_end,
    data,
    data_cr,
    data_lf,
    trailer_begin,
    trailer_name,
    trailer_value,
    trailer_line_end,
    last_lf,
    // Never a state: `after` returns it for a wrong byte and at the end.
    nothing,
    end,
  };

  void take(char c);
  Expects after(char c);
  Expects after_in_extension(char c);
  Expects after_blank(char c);
  Expects after_in_trailer(char c) const;
  Expects end_of_size_line();

  ChunkLimits limits_;
  State state_ = State::unfinished;
  Expects expects_ = Expects::size_begin;
  bool has_blank_ = false;
  std::uint64_t size_ = 0;  // of this chunk: the digits so far, then the bytes left
  std::uint64_t data_ = 0, overhead_ = 0;
};

}  // namespace tws
