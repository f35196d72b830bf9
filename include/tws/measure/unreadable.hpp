// Answers that were no HTTP/1.1: which part was wrong, how often, and its first bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tws {

// Those of one target that were wrong in the same part.
struct Unreadable {
  std::string what;        // the part: "status line"
  std::size_t target = 0;  // index in Run::targets
  std::uint64_t count = 0;
  std::string bytes;  // of the first one, from the wrong place on; most_unreadable at most
  bool operator==(const Unreadable&) const = default;
};
inline constexpr std::size_t most_unreadable = 32;
inline constexpr std::string_view wrong_status_line = "status line";

// The protocol that begins like this: "TLS"; empty if none is known.
std::string_view protocol_of(std::string_view bytes);

// "48 54 54 50 2f 32 ..."
std::string hex(std::string_view bytes, std::size_t most);

// "48 54 54 50 2f 32 20 32 ..., looks like HTTP/2"
std::string words_of_bytes(const Unreadable& one);

}  // namespace tws
