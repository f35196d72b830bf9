// URLs as browsers and curl take them. What a request line can't have is encoded as the URL
// standard of WHATWG encodes it (url.spec.whatwg.org, percent-encode sets); the rest is sent as it
// was typed,
// "%" and dots included.
#include "http/grammar.hpp"
#include "load/target.hpp"
#include "support/base64.hpp"
#include "support/units.hpp"
#include "tws/support/errors.hpp"

#include <boost/beast/core/string.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace tws::load {
namespace {

constexpr std::string_view encoded_in_query = " \"#<>'";
constexpr std::string_view encoded_in_path = " \"#<>?^`{}";

std::string percent_encoded(std::string_view text, std::string_view encoded) {
  std::string result;
  for (const char c : text) {
    if (is_control(c) || static_cast<unsigned char>(c) >= 0x80 || encoded.find(c) != encoded.npos)
      result += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    else
      result += c;
  }
  return result;
}

std::string percent_decoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && is_hex_digit(text[i + 1]) &&
        is_hex_digit(text[i + 2])) {
      result += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    } else {
      result += text[i];
    }
  }
  return result;
}

// Removes what comes before the separator, or all of it if there is none, and the separator.
std::string_view take_until(std::string_view& text, char separator) {
  const auto end = std::min(text.find(separator), text.size());
  const auto part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

bool is_scheme(std::string_view text) {
  return !text.empty() && is_alpha(text[0]) && std::ranges::all_of(text, [](char c) {
    return is_alpha(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
  });
}

// Takes a URL apart, and refuses it with a line that names it.
class UrlParser {
 public:
  explicit UrlParser(std::string_view text) : text_(text) {}

  Target parse() {
    std::string_view rest = without_scheme();
    const auto end = std::min(rest.find_first_of("/?#"), rest.size());
    const auto authority = rest.substr(0, end);
    rest.remove_prefix(end);
    take_authority(authority);
    rest = take_until(rest, '#');
    const bool has_query = rest.find('?') != rest.npos;
    const auto path = take_until(rest, '?');
    target_.path = path.empty() ? "/" : percent_encoded(path, encoded_in_path);
    if (has_query) target_.path += '?' + percent_encoded(rest, encoded_in_query);
    return target_;
  }

 private:
  [[noreturn]] void fail(std::string_view why) const {
    throw UsageError(fmt::format(
        "URL '{}': {} (takes http://HOST[:PORT][/PATH], for example http://127.0.0.1:3779/)", text_,
        why));
  }

  std::string_view without_scheme() const {
    const auto control = std::ranges::find_if(text_, is_control);
    if (control != text_.end())
      fail(fmt::format("it has the control character 0x{:02x}",
                       static_cast<unsigned char>(*control)));
    const auto end = text_.find("://");
    if (end == text_.npos || !is_scheme(text_.substr(0, end))) return text_;
    if (!boost::beast::iequals(text_.substr(0, end), "http")) fail("only http is supported");
    return text_.substr(end + 3);
  }

  void take_authority(std::string_view authority) {
    target_.url = without_password(text_);
    if (const auto at = authority.rfind('@'); at != authority.npos) {
      take_user(authority.substr(0, at));
      authority.remove_prefix(at + 1);
    }
    if (authority.starts_with('['))
      take_address(authority);
    else if (std::ranges::count(authority, ':') > 1)
      fail("an IPv6 address is written in brackets: [::1]");
    else
      take_name(authority);
    if (!authority.empty()) take_port(authority);
    if (target_.port != 80) target_.host_header += fmt::format(":{}", target_.port);
  }

  // RFC 7617
  void take_user(std::string_view user) {
    const auto colon = user.find(':');
    target_.authorization =
        "Basic " + to_base64(percent_decoded(user) + (colon == user.npos ? ":" : ""));
  }

  // "[fe80::1%25eth0]", also with "%eth0" (RFC 6874). The zone is this machine's own affair, so
  // that it is not sent.
  void take_address(std::string_view& authority) {
    const auto end = authority.find(']');
    if (end == authority.npos) fail("']' is missing");
    auto zone = authority.substr(1, end - 1);
    const auto address = take_until(zone, '%');
    const bool has_zone = address.size() + 2 < end;
    if (zone.starts_with("25") && zone.size() > 2) zone.remove_prefix(2);
    error_code error;
    asio::ip::make_address_v6(std::string(address), error);
    if (error) fail(fmt::format("'{}' is not an IPv6 address", address));
    target_.host = has_zone ? fmt::format("{}%{}", address, zone) : std::string(address);
    target_.host_header = fmt::format("[{}]", address);
    authority.remove_prefix(end + 1);
  }

  void take_name(std::string_view& authority) {
    const auto name = authority.substr(0, authority.find(':'));
    if (name.empty()) fail("no host");
    for (const char c : name) {
      if (is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~') continue;
      if (static_cast<unsigned char>(c) >= 0x80)
        fail("a host's name is written in ASCII (xn--...)");
      fail(fmt::format("a host's name can't have '{}'", c));
    }
    target_.host = target_.host_header = name;
    authority.remove_prefix(name.size());
  }

  void take_port(std::string_view text) {
    if (!text.starts_with(':')) fail(fmt::format("'{}' follows the address", text));
    text.remove_prefix(1);
    if (text.empty()) return;
    const auto port = parse_number(text, 65535);
    if (!port || *port == 0) fail("the port is a number from 1 to 65535");
    target_.port = static_cast<std::uint16_t>(*port);
  }

  std::string_view text_;
  Target target_;
};

}  // namespace

std::string without_password(std::string_view url) {
  const auto scheme = url.find("://");
  const auto begin = scheme != url.npos && is_scheme(url.substr(0, scheme)) ? scheme + 3 : 0;
  const auto authority = url.substr(begin, url.find_first_of("/?#", begin) - begin);
  const auto colon = authority.find(':'), at = authority.rfind('@');
  std::string shown(url);
  if (at != authority.npos && colon < at) shown.replace(begin + colon + 1, at - colon - 1, "...");
  return shown;
}

Target parse_target(std::string_view text) {
  return UrlParser(text).parse();
}

}  // namespace tws::load
