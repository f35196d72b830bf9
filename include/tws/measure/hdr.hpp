// Histograms as bytes: HdrHistogram's V2 encoding, which its libraries in a dozen languages read.
// https://github.com/HdrHistogram/HdrHistogram, AbstractHistogram.java, encodeIntoByteBuffer and
// encodeIntoCompressedByteBuffer.
#pragma once

#include "tws/measure/histogram.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tws {

// V2, compressed with zlib, in base64: "HISTFAAA...". It has the buckets; min, max, sum and
// overflow of Histogram::Saved are not part of it.
std::string to_hdr(const Histogram& histogram);

// The buckets that it has. Nothing for another encoding, or where it is not as a Histogram of
// `bits` is: unit 1, as many significant digits, at most an hour.
std::optional<decltype(Histogram::Saved::buckets)> from_hdr(std::string_view text, int bits);

// A histogram that nothing is recorded in any more, in as few bytes as it takes: its buckets as V2
// has them, and what is exact.
class PackedHistogram {
 public:
  PackedHistogram() = default;
  explicit PackedHistogram(const Histogram& histogram);
  Histogram unpack() const;  // of two digits
  bool empty() const { return bytes_.empty(); }
  bool operator==(const PackedHistogram&) const = default;

 private:
  std::string bytes_;
};

}  // namespace tws
