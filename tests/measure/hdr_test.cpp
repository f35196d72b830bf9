#include "tws/measure/hdr.hpp"

#include "support/base64.hpp"

#include <gtest/gtest.h>

#include <random>

namespace tws {
namespace {

using namespace std::chrono_literals;

Histogram some(int bits, std::uint64_t seed, int values) {
  std::mt19937_64 random(seed);
  Histogram histogram(bits);
  for (int i = 0; i < values; ++i)
    histogram.record(std::chrono::nanoseconds(random() >> (random() % 40 + 23)),
                     random() % 3 == 0 ? random() % 1'000'000 + 1 : 1);
  return histogram;
}

// What tests/end_to_end/hdr_test.py holds against another implementation.
TEST(Hdr, BeginsAsEveryOther) {
  EXPECT_EQ(to_hdr(Histogram{}).substr(0, 8), "HISTFAAA");
  EXPECT_EQ(to_hdr(some(Histogram::three_digits, 1, 1000)).substr(0, 6), "HISTFA");
}

TEST(Hdr, HasAllBuckets) {
  for (const int bits : {Histogram::three_digits, Histogram::two_digits})
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
      const Histogram histogram = some(bits, seed, static_cast<int>(seed * seed));
      auto saved = histogram.save();
      auto buckets = from_hdr(to_hdr(histogram), bits);
      ASSERT_TRUE(buckets.has_value());
      saved.buckets = *buckets;
      EXPECT_EQ(Histogram::load(saved, bits), histogram);
    }
}

TEST(Hdr, WhatIsNotOneIsNotRead) {
  const auto text = to_hdr(some(Histogram::three_digits, 1, 100));
  ASSERT_TRUE(from_hdr(text, Histogram::three_digits));
  EXPECT_FALSE(from_hdr(text, Histogram::two_digits));
  EXPECT_FALSE(from_hdr("", Histogram::three_digits));
  EXPECT_FALSE(from_hdr("HISTFAAAAAA=", Histogram::three_digits));
  for (std::size_t size = 0; size < text.size(); ++size)
    EXPECT_FALSE(from_hdr(text.substr(0, size), Histogram::three_digits)) << size;
  auto bytes = from_base64(text).value();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x55);
    EXPECT_FALSE(from_hdr(to_base64(damaged), Histogram::three_digits)) << i;  // zlib has a sum
  }
}

TEST(PackedHistogram, LosesNothing) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Histogram histogram = some(Histogram::two_digits, seed, static_cast<int>(seed));
    EXPECT_EQ(PackedHistogram(histogram).unpack(), histogram);
    EXPECT_EQ(PackedHistogram(histogram).empty(), histogram.empty());
  }
  Histogram longer(Histogram::two_digits);
  longer.record(3h);
  longer.record(0ns);
  EXPECT_EQ(PackedHistogram(longer).unpack(), longer);
}

}  // namespace
}  // namespace tws
