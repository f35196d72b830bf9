// URLs as browsers and curl take them. What a request can't have is encoded as the URL standard of
// WHATWG encodes it (url.spec.whatwg.org, percent-encode sets); the rest is sent as it was typed,
// "%" and dots included.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tws {

struct Url {
  std::string url;      // as typed, without a password
  std::string host;     // without brackets; an IPv6 address with its zone
  bool secure = false;  // https
  std::uint16_t port = 80;
  std::string host_header;  // RFC 9110 7.2: with brackets, with the port unless it is the usual one
  std::string path;         // origin-form: path and query, encoded
  std::string authorization;  // of the URL's user (RFC 7617); empty without one
};

// Reads "http://user:password@host:port/path?query", or https; the scheme may be left out for http.
// Throws UsageError.
Url parse_url(std::string_view text);

// Where path, query and fragment begin.
std::size_t path_begin(std::string_view url);

enum class UrlPart : std::uint8_t { path, query };
// Appends a part of a URL as it is sent.
void append_encoded(std::string& to, std::string_view text, UrlPart part);

// The URL with "..." in place of its password.
std::string without_password(std::string_view url);

}  // namespace tws
