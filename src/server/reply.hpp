// Responses: pure functions from a request to a reply and from a reply to bytes.
#pragma once

#include "server/request.hpp"
#include "tws/server/admin.hpp"
#include "tws/server/options.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace tws::server {

// The Connection field of a reply: none (HTTP/1.1, stays open), "Connection: keep-alive" (HTTP/1.0,
// stays open), or "Connection: close".
enum class Persistence { keep_alive, keep_alive_1_0, close };

struct Reply {
  unsigned status = 200;
  std::string_view content_type = "text/plain; charset=utf-8";
  std::string fields = {};  // more header lines, each with its CRLF
  std::string body = {};
  std::uint64_t filler = 0;  // bytes to send instead of `body`
  bool framed = true;        // false: the body ends with the connection (RFC 9112 6.3, rule 8)
  std::chrono::nanoseconds delay{0};  // before the first byte
};

// `posted` is the request's body.
Reply reply_to(const Request& request, const ServerOptions& options, std::string posted);

// The replies of the admin listener.
Reply admin_reply_to(const Request& request, const AdminPages& pages, bool draining);

// Status line and header fields.
std::string head_of(const Reply& reply, Persistence persistence, std::string_view date);

// False for status codes without a body (RFC 9110 6.4.1).
bool may_have_body(unsigned status);

inline constexpr std::size_t date_size = 29;

// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 5.6.7)
std::string http_date(std::chrono::system_clock::time_point time);

// The reply to `GET /`, serialised once for each Persistence. It is empty with a delay, or if the
// body is too large to keep.
class FixedReply {
 public:
  FixedReply() = default;  // empty
  explicit FixedReply(const ServerOptions& options);

  bool answers(const Request& request) const;

  // Head and body; for HEAD only the head.
  std::string_view bytes(const Request& request, Persistence persistence) const;

  void set_date(std::string_view date);

 private:
  struct Variant {
    std::string bytes;
    std::size_t head_size = 0;
  };
  std::array<Variant, 3> variants_;
  bool prepared_ = false;
};

}  // namespace tws::server
