#include "load/connect_to.hpp"

#include "support/units.hpp"
#include "tws/support/errors.hpp"

#include <boost/beast/core/string.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace tws::load {
namespace {

class Parts {
 public:
  explicit Parts(std::string_view text) : text_(text), rest_(text) {}

  // Up to the next colon outside brackets, without brackets.
  std::string host() {
    if (!rest_.starts_with('[')) return std::string(take());
    const auto end = rest_.find(']');
    if (end == rest_.npos) fail();
    const std::string host(rest_.substr(1, end - 1));
    rest_.remove_prefix(end + 1);
    if (!take().empty()) fail();
    return host;
  }
  std::uint16_t port() {
    const auto word = take();
    if (word.empty()) return 0;
    const auto port = parse_number(std::string(word), 65535);
    if (!port || *port == 0) fail();
    return static_cast<std::uint16_t>(*port);
  }
  void end() const {
    if (colons_ != 3 || !rest_.empty()) fail();
  }

 private:
  std::string_view take() {
    const auto colon = rest_.find(':');
    const auto word = rest_.substr(0, colon);
    colons_ += colon == rest_.npos ? 0 : 1;
    rest_.remove_prefix(std::min(word.size() + 1, rest_.size()));
    return word;
  }
  [[noreturn]] void fail() const {
    throw UsageError(fmt::format(
        "--connect-to: '{}' is not HOST:PORT:HOST:PORT, such as example.com:443:127.0.0.1:8443",
        text_));
  }

  std::string_view text_, rest_;
  int colons_ = 0;
};

}  // namespace

ConnectTo parse_connect_to(std::string_view text) {
  Parts parts(text);
  ConnectTo rule;
  rule.host = parts.host();
  rule.port = parts.port();
  rule.other_host = parts.host();
  rule.other_port = parts.port();
  parts.end();
  return rule;
}

void apply(const std::vector<ConnectTo>& rules, std::string& host, std::uint16_t& port) {
  const auto rule = std::ranges::find_if(rules, [&](const ConnectTo& one) {
    return (one.host.empty() || boost::beast::iequals(one.host, host)) &&
           (one.port == 0 || one.port == port);
  });
  if (rule == rules.end()) return;
  if (!rule->other_host.empty()) host = rule->other_host;
  if (rule->other_port != 0) port = rule->other_port;
}

}  // namespace tws::load
