// hammer's reading of responses. However the network cuts a response into pieces, and whether or
// not it begins like the one before it, what hammer says of it is the same.
//
// An input is a byte of flags, the sizes of four pieces, taken in turn, and what the server sends.
#include "http/response.hpp"

#include "target.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <string_view>

namespace {

using namespace tws;
using fuzz::require;

constexpr std::size_t sizes_count = 4;
enum Flags : std::uint8_t { to_head = 1, ends = 2 };

struct Outcome {
  bool done = false;
  std::string error;
  std::size_t used = 0;
  // Of one that is done.
  int status = 0;
  std::uint64_t body_bytes = 0;
  bool keep_alive = false;
  Leniences leniences;
  bool operator==(const Outcome&) const = default;
};

// Reads as a connection does (Worker::receive): what the reader leaves comes again with more
// behind.
Outcome read(LastResponse& last, std::string_view text, std::span<const std::uint8_t> sizes,
             std::uint8_t flags) {
  ResponseReader reader(last);
  reader.start(flags & to_head);
  std::string left;
  auto error = ResponseFault::none;
  constexpr auto none = ResponseFault::none;
  std::size_t used = 0;
  for (std::size_t at = 0, turn = 0; at < text.size() && error == none && !reader.done(); ++turn) {
    const std::size_t size = sizes.empty() ? text.size() : sizes[turn % sizes.size()] + 1u;
    left += text.substr(at, size);
    at = std::min(at + size, text.size());
    const std::string exact = left;  // so that a sanitizer sees a read beyond it
    const auto now = reader.feed(exact.data(), exact.size(), error);
    require(now <= exact.size(), "no more is used than was given");
    used += now;
    left.erase(0, now);
    require(error != none || reader.done() || left.size() < most_head_bytes, "little is kept");
  }
  if ((flags & ends) && error == none && !reader.done()) error = reader.feed_end();

  Outcome outcome;
  outcome.error = words(error);
  if (error == none && reader.done()) {
    outcome = {true,
               "",
               used,
               reader.status(),
               reader.body_bytes(),
               reader.keep_alive(),
               reader.leniences()};
    // Tally::responses_by_status has 1000 elements.
    require(outcome.status >= 200 && outcome.status < 1000,
            "a status is of three digits, and final");
    require(outcome.body_bytes <= used, "a body is part of what was sent");
  }
  return outcome;
}

void print(const Outcome& outcome) {
  std::fprintf(stderr, "done %d, error \"%s\", status %d, body %ju, keep-alive %d, used %zu\n",
               outcome.done, outcome.error.c_str(), outcome.status,
               std::uintmax_t{outcome.body_bytes}, outcome.keep_alive, outcome.used);
}

void require_same(const Outcome& first, const Outcome& second, const char* what) {
  // Beast looks at a head that did not come whole once its last line is there, so that one that is
  // cut off and wrong can be told for either.
  if (first == second || (!first.done && !second.done)) return;
  print(first);
  print(second);
  require(false, what);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1 + sizes_count) return 0;
  const std::uint8_t flags = data[0];
  const std::span sizes(data + 1, sizes_count);
  const std::string_view text(reinterpret_cast<const char*>(data) + 1 + sizes_count,
                              size - 1 - sizes_count);
  LastResponse last, other;
  const Outcome whole = read(last, text, {}, flags);
  require_same(whole, read(other, text, sizes, flags), "in pieces it is the same response");
  require_same(whole, read(last, text, {}, flags), "the second time it is the same response");
  require_same(whole, read(last, text, sizes, flags), "the second time, in pieces, it is the same");
  return 0;
}
