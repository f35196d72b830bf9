// Reads what frames a chunked body (RFC 9112 7.1), byte by byte and in constant memory. Beast 1.81
// looks at a size line and at the trailer section only when they are there whole, so that it waits
// for the end of what can't become right; and it takes a trailer's Content-Length for an error.
// Here a wrong byte is refused when it is seen, and trailer fields are checked and thrown away
// whatever their name (RFC 9110 6.5.1, RFC 9112 7.1.2). Pure: it has no socket.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

namespace tws {

struct ChunkLimits {
  std::uint64_t body = std::numeric_limits<std::uint64_t>::max();  // bytes of data
  // Bytes of everything else: of the whole body, and as many more for each chunk.
  std::uint64_t overhead = 0;
  std::uint64_t overhead_per_chunk = 0;
};

class ChunkedBody {
 public:
  enum class State { unfinished, complete, malformed, too_much_data, too_much_overhead };

  explicit ChunkedBody(const ChunkLimits& limits) : limits_(limits) {}

  // Takes bytes away from the front of `bytes` up to the next data, and the data, which it returns.
  // Call it until nothing is left or the state is another than unfinished; then what is left is
  // behind the body, or begins behind the byte that is wrong.
  std::string_view next_data(std::string_view& bytes);

  State state() const { return state_; }

 private:
  enum class Expects {
    size_begin,
    size,
    semicolon,  // or white space
    extension_begin,
    extension_name,
    after_extension_name,
    extension_value_begin,
    extension_value,
    quoted,
    quoted_pair,
    extension_end,  // behind a quoted value
    size_line_end,
    data,
    data_cr,
    data_lf,
    trailer_begin,
    trailer_name,
    trailer_value,
    trailer_line_end,
    last_lf,
    // No state to be in: what `after` returns for a byte that is wrong, and at the end.
    nothing,
    end,
  };

  void take(char c);
  Expects after(char c);
  Expects after_in_extension(char c) const;
  Expects after_in_trailer(char c) const;
  Expects end_of_size_line();

  ChunkLimits limits_;
  State state_ = State::unfinished;
  Expects expects_ = Expects::size_begin;
  std::uint64_t size_ = 0;  // of this chunk: as read so far, then what is left of it
  std::uint64_t data_ = 0, overhead_ = 0;
};

}  // namespace tws
