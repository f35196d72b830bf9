// Histograms in HdrHistogram's V2 encoding, which its libraries in a dozen languages can read.
// https://github.com/HdrHistogram/HdrHistogram, AbstractHistogram.java, encodeIntoByteBuffer and
// encodeIntoCompressedByteBuffer.
#pragma once

#include "tws/measure/histogram.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tws {

// V2, compressed with zlib, in base64: "HISTFAAA...". It contains the buckets, but not min, max,
// sum and overflow of Histogram::Saved.
std::string to_hdr(const Histogram& histogram);

// The buckets of the encoded text. Nothing for another encoding, or if it differs from a Histogram
// of `bits`: unit 1, the same number of significant digits, at most an hour.
std::optional<decltype(Histogram::Saved::buckets)> from_hdr(std::string_view text, int bits);

// A finished histogram in compact form: its buckets in V2 encoding, and the exact values.
class PackedHistogram {
 public:
  PackedHistogram() = default;
  explicit PackedHistogram(const Histogram& histogram);
  Histogram unpack() const;  // two significant digits
  bool empty() const { return bytes_.empty(); }
  bool operator==(const PackedHistogram&) const = default;

 private:
  std::string bytes_;
};

}  // namespace tws
