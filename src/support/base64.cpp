#include "support/base64.hpp"

#include <cstdint>

namespace tws {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::uint32_t byte_at(std::string_view bytes, std::size_t at) {
  return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0;
}

// The length of the character with this first byte; 0: invalid first byte. `lowest` and `highest`:
// valid range of the second byte.
struct Sequence {
  std::size_t size = 0;
  unsigned char lowest = 0x80, highest = 0xBF;
};
Sequence sequence_of(unsigned char first) {
  if (first < 0x80) return {1};
  if (first >= 0xC2 && first <= 0xDF) return {2};
  if (first == 0xE0) return {3, 0xA0};
  if (first == 0xED) return {3, 0x80, 0x9F};  // no surrogates
  if (first >= 0xE1 && first <= 0xEF) return {3};
  if (first == 0xF0) return {4, 0x90};
  if (first >= 0xF1 && first <= 0xF3) return {4};
  if (first == 0xF4) return {4, 0x80, 0x8F};
  return {};
}

}  // namespace

std::string to_base64(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto three = byte_at(bytes, i) << 16 | byte_at(bytes, i + 1) << 8 | byte_at(bytes, i + 2);
    for (int shift = 18; shift >= 0; shift -= 6) text += alphabet[three >> shift & 63];
    for (std::size_t missing = i + 3; missing > bytes.size(); --missing)
      text[text.size() - (missing - bytes.size())] = '=';
  }
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return {};
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  const auto padding = text.ends_with("==") ? 2u : text.ends_with('=') ? 1u : 0u;
  for (std::size_t i = 0; i < text.size(); i += 4) {
    std::uint32_t three = 0;
    for (std::size_t k = i; k < i + 4; ++k) {
      const auto digit = k < text.size() - padding ? alphabet.find(text[k]) : 0;
      if (digit == alphabet.npos) return {};
      three = three << 6 | static_cast<std::uint32_t>(digit);
    }
    for (int shift = 16; shift >= 0; shift -= 8) bytes += static_cast<char>(three >> shift & 255);
  }
  bytes.resize(bytes.size() - padding);
  if (to_base64(bytes) != text) return {};  // unused bits after the last byte
  return bytes;
}

bool is_utf8(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto [size, lowest, highest] = sequence_of(static_cast<unsigned char>(bytes[0]));
    if (size == 0 || size > bytes.size()) return false;
    for (std::size_t i = 1; i < size; ++i) {
      const auto byte = static_cast<unsigned char>(bytes[i]);
      if (byte < (i == 1 ? lowest : 0x80) || byte > (i == 1 ? highest : 0xBF)) return false;
    }
    bytes.remove_prefix(size);
  }
  return true;
}

}  // namespace tws
