// tws-server's reading of requests. However the network cuts a request into pieces, the answer is
// the same, and what is refused is refused at the same byte; what begins with HEAD is HEAD, even if
// it is refused; and what the gate accepts, Beast accepts, and consumes exactly up to the end of
// the head.
//
// An input is the sizes of four pieces less one, taken in turn, and what a client sends.
#include "server/request.hpp"
#include "target.hpp"

#include <algorithm>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace {

using namespace tws;
using namespace tws::server;
using tws::fuzz::require;

constexpr std::size_t sizes_count = 4;

struct Outcome {
  bool done = false;
  unsigned refusal = 0;
  bool is_head = false;
  bool keep_alive = false;
  Target target;
  std::string body;
  std::size_t used = 0;  // bytes of the request
};

Outcome read(std::string_view text, std::span<const std::uint8_t> sizes) {
  const ServerLimits limits;
  Outcome outcome;
  RequestParser parser(limits, outcome.body);
  boost::beast::flat_buffer buffer(buffer_limit(limits));
  std::size_t at = 0;
  for (std::size_t turn = 0; at < text.size() && !outcome.done; ++turn) {
    const std::size_t room = buffer.max_size() - buffer.size();
    require(room > 0, "there is always room for more");
    const std::size_t wanted = sizes.empty() ? text.size() : sizes[turn % sizes.size()] + 1u;
    const std::size_t size = std::min({wanted, room, text.size() - at});
    std::memcpy(buffer.prepare(size).data(), text.data() + at, size);
    buffer.commit(size);
    at += size;
    outcome.done = parser.feed(buffer);
  }
  outcome.used = at - buffer.size();
  outcome.refusal = parser.request().refusal;
  outcome.is_head = parser.request().method == boost::beast::http::verb::head;
  outcome.keep_alive = parser.request().keep_alive;
  outcome.target = parser.request().target;
  return outcome;
}

void gate_and_beast_agree(std::string_view text) {
  const ServerLimits limits;
  Gate gate(limits.head);
  if (gate.look(text) != Gate::Verdict::accepted) return;
  require(gate.head_begin() < gate.head_end() && gate.head_end() <= text.size(),
          "a head is somewhere");
  require(text.substr(0, gate.head_end()).ends_with("\r\n\r\n"), "a head ends with an empty line");
  std::string body;
  RequestParser parser(limits, body);  // put() does not go through the gate
  parser.body_limit(boost::none);
  boost::system::error_code ec;
  const auto head = text.substr(gate.head_begin(), gate.head_end() - gate.head_begin());
  const std::size_t used = parser.put({head.data(), head.size()}, ec);
  require(!ec, "Beast accepts what the gate accepts");
  require(used == head.size() && parser.is_header_done(), "Beast consumes the head, all of it");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < sizes_count) return 0;
  const std::span sizes(data, sizes_count);
  const std::string_view text(reinterpret_cast<const char*>(data) + sizes_count,
                              size - sizes_count);
  gate_and_beast_agree(text);
  const Outcome whole = read(text, {});
  const Outcome pieces = read(text, sizes);
  require(whole.done == pieces.done, "in pieces it is no sooner or later known what it is");
  require(whole.refusal == pieces.refusal, "the same is refused");
  require(whole.is_head == pieces.is_head && (whole.is_head || !text.starts_with("HEAD ")),
          "what begins with HEAD is HEAD");
  if (whole.refusal != 0 || !whole.done) return 0;
  require(whole.used == pieces.used && whole.body == pieces.body &&
              whole.keep_alive == pieces.keep_alive && whole.target.route == pieces.target.route &&
              whole.target.number == pieces.target.number,
          "in pieces it is the same request");
  return 0;
}
