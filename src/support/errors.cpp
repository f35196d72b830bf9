#include "tws/support/errors.hpp"

#include "support/units.hpp"

#include <fmt/format.h>

#include <cctype>
#include <cerrno>
#include <limits>
#include <system_error>

namespace tws {

std::string errno_name(int error) {
  // glibc's strerrorname_np is not portable, and only these errors appear in reports.
  switch (error) {
#define TWS_ERRNO(name) \
  case name:            \
    return #name
    TWS_ERRNO(EACCES);
    TWS_ERRNO(EADDRINUSE);
    TWS_ERRNO(EADDRNOTAVAIL);
    TWS_ERRNO(EAFNOSUPPORT);
    TWS_ERRNO(EAGAIN);
    TWS_ERRNO(EBADF);
    TWS_ERRNO(ECONNABORTED);
    TWS_ERRNO(ECONNREFUSED);
    TWS_ERRNO(ECONNRESET);
    TWS_ERRNO(EHOSTUNREACH);
    TWS_ERRNO(EINVAL);
    TWS_ERRNO(EIO);
    TWS_ERRNO(EISDIR);
    TWS_ERRNO(EMFILE);
    TWS_ERRNO(ENETDOWN);
    TWS_ERRNO(ENETUNREACH);
    TWS_ERRNO(ENFILE);
    TWS_ERRNO(ENOBUFS);
    TWS_ERRNO(ENOENT);
    TWS_ERRNO(ENOMEM);
    TWS_ERRNO(ENOPROTOOPT);
    TWS_ERRNO(ENOSPC);
    TWS_ERRNO(ENOTCONN);
    TWS_ERRNO(EPERM);
    TWS_ERRNO(EPIPE);
    TWS_ERRNO(EPROTO);
    TWS_ERRNO(ETIMEDOUT);
#undef TWS_ERRNO
    default:
      return "errno " + std::to_string(error);
  }
}

std::optional<int> errno_number(std::string_view name) {
  constexpr int highest = 133;  // Linux's; other systems have fewer
  for (int error = 1; error <= highest; ++error)
    if (errno_name(error) == name) return error;
  constexpr std::string_view unnamed = "errno ";
  if (!name.starts_with(unnamed)) return {};
  const auto number = parse_number(name.substr(unnamed.size()), std::numeric_limits<int>::max());
  return number ? std::optional(static_cast<int>(*number)) : std::nullopt;
}

std::string errno_text(int error) {
  std::string text = std::system_category().message(error);
  if (!text.empty()) text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

std::string one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f)
      line += fmt::format("\\x{:02x}", byte);
    else
      line += c;
  }
  return line;
}

}  // namespace tws
