#include "http/url.hpp"

#include "http/grammar.hpp"
#include "support/base64.hpp"
#include "support/units.hpp"
#include "tws/support/errors.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/url/authority_view.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/pct_string_view.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace tws {
namespace {

constexpr std::string_view encoded_in_query = " \"#<>'";
constexpr std::string_view encoded_in_path = " \"#<>?^`{}";

std::string decoded(std::string_view text) {
  const auto escapes = boost::urls::make_pct_string_view({text.data(), text.size()});
  return escapes ? escapes->decode() : std::string(text);
}

// Removes the text up to the separator, or all of it if there is none, and the separator.
std::string_view take_until(std::string_view& text, char separator) {
  const auto end = std::min(text.find(separator), text.size());
  const auto part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

// The size of "http://" or "ftp://" at the beginning; 0 if there is none.
std::size_t scheme_size(std::string_view text) {
  const auto end = text.find("://");
  if (end == text.npos || end == 0 || !is_alpha(text[0])) return 0;
  const bool is_scheme = std::ranges::all_of(text.substr(0, end), [](char c) {
    return is_alpha(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
  });
  return is_scheme ? end + 3 : 0;
}

// Between the scheme and the path.
std::string_view authority_of(std::string_view text) {
  text.remove_prefix(scheme_size(text));
  return text.substr(0, text.find_first_of("/?#"));
}

// Why Boost.URL does not take it.
std::string whats_wrong_with(std::string_view host) {
  if (host.starts_with('['))
    return host.find(']') == host.npos ? "']' is missing" : "not an IPv6 address in brackets";
  if (std::ranges::count(host, ':') > 1) return "an IPv6 address is written in brackets: [::1]";
  for (const char c : host.substr(0, host.find(':'))) {
    if (static_cast<unsigned char>(c) >= 0x80) return "a host's name is written in ASCII (xn--...)";
    if (std::string_view(" \"<>\\^`{|}%[]@").find(c) != std::string_view::npos)
      return fmt::format("a host's name can't have '{}'", c);
  }
  return "not a host with a port";
}

// Without blanks around it, as in browsers.
std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  return text.substr(0, text.find_last_not_of(' ') + 1);
}

// Takes a URL apart, and refuses it with a line that names it.
class UrlParser {
 public:
  explicit UrlParser(std::string_view text) : text_(trimmed(text)) {}

  Url parse() {
    url_.url = without_password(text_);
    check_text();
    auto rest = text_.substr(scheme_size(text_));
    auto authority = authority_of(text_);
    rest.remove_prefix(authority.size());
    if (const auto at = authority.rfind('@'); at != authority.npos) {
      take_user(authority.substr(0, at));
      authority.remove_prefix(at + 1);
    }
    take_host(authority);
    take_path(take_until(rest, '#'));
    return url_;
  }

 private:
  [[noreturn]] void fail(std::string_view why) const {
    throw UsageError(fmt::format(
        "URL '{}': {} (takes http[s]://HOST[:PORT][/PATH], for example http://127.0.0.1:3779/)",
        text_, why));
  }

  void check_text() {
    const auto control = std::ranges::find_if(text_, is_control);
    if (control != text_.end())
      fail(fmt::format("it has the control character 0x{:02x}",
                       static_cast<unsigned char>(*control)));
    const auto scheme = text_.substr(0, scheme_size(text_));
    url_.secure = boost::beast::iequals(scheme, "https://");
    if (!scheme.empty() && !url_.secure && !boost::beast::iequals(scheme, "http://"))
      fail("only http and https are supported");
  }

  void take_user(std::string_view user) {
    const bool has_password = user.find(':') != user.npos;
    url_.authorization = "Basic " + to_base64(decoded(user) + (has_password ? "" : ":"));
  }

  // "[fe80::1%25eth0]:80", also with "%eth0" (RFC 6874). The zone is this machine's own affair, so
  // that it is not sent.
  void take_host(std::string_view authority) {
    std::string host(authority), zone;
    if (const auto percent = host.find('%'), end = host.find(']');
        host.starts_with('[') && percent < end && end != host.npos) {
      zone = decoded(authority.substr(percent, end - percent));
      host.erase(percent, end - percent);
    }
    const auto parsed = boost::urls::parse_authority(host);
    if (!parsed) fail(whats_wrong_with(host));
    if (parsed->host_address().empty()) fail("no host");
    url_.host = parsed->host_address() + zone;
    url_.host_header = std::string(parsed->encoded_host());
    const std::uint16_t usual_port = url_.secure ? 443 : 80;
    url_.port = usual_port;
    if (parsed->has_port() && !parsed->port().empty()) {
      const auto port = parse_number(std::string(parsed->port()), 65535);
      if (!port || *port == 0) fail("the port is a number from 1 to 65535");
      url_.port = static_cast<std::uint16_t>(*port);
    }
    if (url_.port != usual_port) url_.host_header += fmt::format(":{}", url_.port);
  }

  void take_path(std::string_view text) {
    const bool has_query = text.find('?') != text.npos;
    const auto path = take_until(text, '?');
    append_encoded(url_.path, path.empty() ? "/" : path, UrlPart::path);
    if (!has_query) return;
    url_.path += '?';
    append_encoded(url_.path, text, UrlPart::query);
  }

  std::string_view text_;
  Url url_;
};

}  // namespace

// "%" stays as it is. Boost.URL's function would encode it.
void append_encoded(std::string& to, std::string_view text, UrlPart part) {
  const auto encoded = part == UrlPart::path ? encoded_in_path : encoded_in_query;
  for (const char c : text) {
    if (is_control(c) || static_cast<unsigned char>(c) >= 0x80 || encoded.find(c) != encoded.npos)
      fmt::format_to(std::back_inserter(to), "%{:02X}", static_cast<unsigned char>(c));
    else
      to += c;
  }
}

std::size_t path_begin(std::string_view url) {
  return scheme_size(url) + authority_of(url).size();
}

Url parse_url(std::string_view text) {
  return UrlParser(text).parse();
}

std::string without_password(std::string_view url) {
  const auto begin = scheme_size(url);
  const auto authority = authority_of(url);
  const auto colon = authority.find(':'), at = authority.rfind('@');
  std::string shown(url);
  if (at != authority.npos && colon < at) shown.replace(begin + colon + 1, at - colon - 1, "...");
  return shown;
}

}  // namespace tws
