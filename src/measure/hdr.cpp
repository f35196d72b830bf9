#include "tws/measure/hdr.hpp"

#include "support/base64.hpp"

#include <bit>
#include <cstdint>
#include <zlib.h>

namespace tws {
namespace {

using Buckets = decltype(Histogram::Saved::buckets);

constexpr std::uint32_t cookie = 0x1c849303 | 0x10;             // V2
constexpr std::uint32_t cookie_compressed = 0x1c849304 | 0x10;  // its zlib form
constexpr std::size_t header_size = 40;
// An upper bound for an encoded histogram of three digits: nine bytes for each bucket.
constexpr std::size_t largest = std::size_t{1} << 19;

std::uint32_t significant_digits(int bits) {
  return bits == Histogram::three_digits ? 3 : 2;
}

// LEB128 with at most nine bytes; the ninth byte has eight bits: "LEB128-64b9B".
void append_number(std::string& bytes, std::uint64_t value) {
  for (int i = 0; i < 8 && value > 0x7f; ++i, value >>= 7)
    bytes += static_cast<char>((value & 0x7f) | 0x80);
  bytes += static_cast<char>(value);
}

// Nothing at the end of the bytes.
std::optional<std::uint64_t> take_number(std::string_view& bytes) {
  std::uint64_t value = 0;
  for (int i = 0; i < 9 && !bytes.empty(); ++i) {
    const std::uint64_t byte = static_cast<unsigned char>(bytes[0]);
    bytes.remove_prefix(1);
    value |= (i < 8 ? byte & 0x7f : byte) << (7 * i);
    if (i == 8 || byte < 0x80) return value;
  }
  return {};
}

std::uint64_t zigzag(std::int64_t value) {
  return static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63);
}

std::int64_t unzigzag(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1 ^ (~(value & 1) + 1));
}

// A count for each bucket up to the last nonzero one; several zeros in a row are written as minus
// their number.
void append_counts(std::string& bytes, const Histogram& layout, const Buckets& buckets) {
  std::size_t next = 0;
  for (const auto& [value, count] : buckets) {
    const std::size_t bucket = layout.bucket(value);
    const auto zeros = static_cast<std::int64_t>(bucket - next);
    if (zeros > 0) append_number(bytes, zigzag(zeros == 1 ? 0 : -zeros));
    append_number(bytes, zigzag(static_cast<std::int64_t>(count)));
    next = bucket + 1;
  }
  if (buckets.empty()) append_number(bytes, 0);
}

std::optional<Buckets> take_counts(std::string_view bytes, const Histogram& layout) {
  Buckets buckets;
  std::uint64_t next = 0;
  while (!bytes.empty()) {
    const auto number = take_number(bytes);
    if (!number) return {};
    const std::int64_t count = unzigzag(*number);
    if (next >= layout.bucket_count()) return {};
    if (count > 0) buckets.emplace_back(layout.lowest(next), static_cast<std::uint64_t>(count));
    next += count < 0 ? ~static_cast<std::uint64_t>(count) + 1 : 1;
    if (next > layout.bucket_count()) return {};
  }
  return buckets;
}

// Big-endian.
void append(std::string& bytes, std::uint64_t value, int size) {
  for (int shift = 8 * (size - 1); shift >= 0; shift -= 8)
    bytes += static_cast<char>(value >> shift & 0xff);
}

// Removes `size` bytes.
std::uint64_t take(std::string_view& bytes, std::size_t size) {
  std::uint64_t value = 0;
  for (const char c : bytes.substr(0, size)) value = value << 8 | static_cast<unsigned char>(c);
  bytes.remove_prefix(size);
  return value;
}

std::string compressed(const std::string& bytes) {
  auto size = compressBound(bytes.size());
  std::string result(size, '\0');
  compress(reinterpret_cast<Bytef*>(result.data()), &size,
           reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
  result.resize(size);
  return result;
}

std::optional<std::string> uncompressed(std::string_view bytes) {
  std::string result(largest, '\0');
  uLongf size = result.size();
  const int error = uncompress(reinterpret_cast<Bytef*>(result.data()), &size,
                               reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
  if (error != Z_OK) return {};
  result.resize(size);
  return result;
}

}  // namespace

std::string to_hdr(const Histogram& histogram) {
  std::string counts;
  append_counts(counts, histogram, histogram.save().buckets);
  std::string bytes;
  append(bytes, cookie, 4);
  append(bytes, counts.size(), 4);
  append(bytes, 0, 4);  // normalizing index offset
  append(bytes, significant_digits(histogram.bits()), 4);
  append(bytes, 1, 8);                                                       // lowest value
  append(bytes, static_cast<std::uint64_t>(Histogram::highest.count()), 8);  // highest
  append(bytes, std::bit_cast<std::uint64_t>(1.0), 8);  // ratio of integer to value
  const std::string payload = compressed(bytes + counts);
  std::string whole;
  append(whole, cookie_compressed, 4);
  append(whole, payload.size(), 4);
  return to_base64(whole + payload);
}

std::optional<Buckets> from_hdr(std::string_view text, int bits) {
  const auto whole = from_base64(text);
  if (!whole || whole->size() < 8) return {};
  std::string_view rest = *whole;
  if (take(rest, 4) != cookie_compressed || take(rest, 4) != rest.size()) return {};
  const auto payload = uncompressed(rest);
  if (!payload || payload->size() < header_size) return {};
  rest = *payload;
  if (take(rest, 4) != cookie) return {};
  const auto size = take(rest, 4);
  // The offset depends on the writer's memory layout, and the ratio at the end is for values that
  // are not integers; hdr-histogram-js writes 1 for the offset and an integer for the ratio. Both
  // are ignored.
  take(rest, 4);
  const bool as_ours = take(rest, 4) == significant_digits(bits) && take(rest, 8) == 1 &&
                       take(rest, 8) <= static_cast<std::uint64_t>(Histogram::highest.count());
  take(rest, 8);
  if (!as_ours || size != rest.size()) return {};
  return take_counts(rest, Histogram(bits));
}

PackedHistogram::PackedHistogram(const Histogram& histogram) {
  if (histogram.empty()) return;
  const auto saved = histogram.save();
  for (const auto number : {saved.min, saved.max, saved.sum, saved.overflow})
    append_number(bytes_, number);
  append_counts(bytes_, histogram, saved.buckets);
  bytes_.shrink_to_fit();
}

Histogram PackedHistogram::unpack() const {
  Histogram::Saved saved;
  std::string_view rest = bytes_;
  for (auto* number : {&saved.min, &saved.max, &saved.sum, &saved.overflow})
    *number = take_number(rest).value_or(0);
  const Histogram layout(Histogram::two_digits);
  if (!empty()) saved.buckets = *take_counts(rest, layout);
  return Histogram::load(saved, Histogram::two_digits);
}

}  // namespace tws
