// What the floors share.
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <cstdlib>
#include <string_view>

inline sockaddr_in loopback(const char* port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(port)));
  return address;
}

// Bytes of a response, head and body, from its head; 0 if the head is not complete, or does not
// say.
inline std::size_t size_of(std::string_view response) {
  const auto head = response.find("\r\n\r\n");
  const auto field = response.find("Content-Length: ");
  if (head == response.npos || field == response.npos) return 0;
  return head + 4 + std::strtoul(response.data() + field + 16, nullptr, 10);
}
