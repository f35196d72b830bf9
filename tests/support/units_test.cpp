#include "support/units.hpp"

#include <gmock/gmock.h>

namespace tws {
namespace {

using namespace std::chrono_literals;
using testing::Eq;
using testing::Optional;

TEST(Units, DurationsAreRead) {
  EXPECT_THAT(parse_duration("10s"), Optional(Eq(10s)));
  EXPECT_THAT(parse_duration("500ms"), Optional(Eq(500ms)));
  EXPECT_THAT(parse_duration("250us"), Optional(Eq(250us)));
  EXPECT_THAT(parse_duration("1.5m"), Optional(Eq(90s)));
  EXPECT_THAT(parse_duration("2h"), Optional(Eq(2h)));
  EXPECT_THAT(parse_duration("3"), Optional(Eq(3s)));
  EXPECT_THAT(parse_duration("0s"), Optional(Eq(0s)));
  EXPECT_THAT(parse_duration("1m30s"), Optional(Eq(90s)));
  EXPECT_THAT(parse_duration("1h1m1s1ms"), Optional(Eq(3661001ms)));
  EXPECT_THAT(parse_duration("1.5m10s"), Optional(Eq(100s)));
  EXPECT_THAT(parse_duration("30S"), Optional(Eq(30s)));
  EXPECT_THAT(parse_duration("1d"), Optional(Eq(24h)));
  EXPECT_THAT(parse_duration("1e3"), Optional(Eq(1000s)));
  EXPECT_THAT(parse_duration("1e3s"), Optional(Eq(1000s)));
  EXPECT_THAT(parse_duration("1_000ms"), Optional(Eq(1s)));
}

TEST(Units, WhatIsNoDurationIsRefused) {
  for (auto text : {"", "s", "-1s", "+1s", "10x", "10 s", "1s1m", "1s30", "1m1m", "1e", "1_", "_1s",
                    "0x10", "nan", "inf", "1.2.3s", ".", "10ss", "99999999999999h"})
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
}

TEST(Units, Rates) {
  EXPECT_THAT(parse_rate("1000"), Optional(Eq(1000)));
  EXPECT_THAT(parse_rate("20k"), Optional(Eq(20'000)));
  EXPECT_THAT(parse_rate("0.5"), Optional(Eq(0.5)));
  EXPECT_THAT(parse_rate("1G"), Optional(Eq(1e9)));
  EXPECT_THAT(parse_rate("1e3"), Optional(Eq(1000)));
  EXPECT_THAT(parse_rate("1_000"), Optional(Eq(1000)));
  EXPECT_THAT(parse_rate("1000/s"), Optional(Eq(1000)));
  EXPECT_THAT(parse_rate("100/1s"), Optional(Eq(100)));
  EXPECT_THAT(parse_rate("60/m"), Optional(Eq(1)));
  EXPECT_THAT(parse_rate("10k/10s"), Optional(Eq(1000)));
  for (auto text : {"", "0", "0.0", "-1", "1e99", "inf", "nan", "2G", "1/", "1/0s", "1/x", "/s",
                    "1/s/s", "0.5x", "0x10", " 1"})
    EXPECT_EQ(parse_rate(text), std::nullopt) << text;
}

TEST(Units, CountsAndSizes) {
  EXPECT_THAT(parse_count("10k"), Optional(Eq(10'000u)));
  EXPECT_THAT(parse_count("1.5M"), Optional(Eq(1'500'000u)));
  EXPECT_THAT(parse_size("64KiB"), Optional(Eq(65'536u)));
  EXPECT_THAT(parse_size("1k"), Optional(Eq(1'024u)));
  EXPECT_THAT(parse_size("19"), Optional(Eq(19u)));
  EXPECT_THAT(parse_size("19B"), Optional(Eq(19u)));
  EXPECT_THAT(parse_count("1e3"), Optional(Eq(1000u)));
  EXPECT_THAT(parse_count("1_000_000"), Optional(Eq(1'000'000u)));
  EXPECT_THAT(parse_count("1.5e3k"), Optional(Eq(1'500'000u)));
  for (auto text : {"", "k", "-1", "1.5", "10KB/s", "1 k", "1e", "e3", "1e-3", "1__0", "1,5", "_1",
                    "1_", "9999999999G"}) {
    EXPECT_EQ(parse_count(text), std::nullopt) << text;
    EXPECT_EQ(parse_size(text), std::nullopt) << text;
  }
  EXPECT_EQ(parse_count("1KiB"), std::nullopt);
}

TEST(Units, NumbersHaveABound) {
  EXPECT_THAT(parse_number("65535", 65535), Optional(Eq(65535u)));
  for (auto text : {"65536", "-1", "", " 1", "1 ", "0x1", "99999999999999999999"})
    EXPECT_EQ(parse_number(text, 65535), std::nullopt) << text;
}

TEST(Units, PeopleCanReadThem) {
  EXPECT_EQ(format_count(0), "0");
  EXPECT_EQ(format_count(999), "999");
  EXPECT_EQ(format_count(16384), "16,384");
  EXPECT_EQ(plural(1, "port"), "1 port");
  EXPECT_EQ(plural(0, "port"), "0 ports");
  EXPECT_EQ(plural(2000, "address", "es"), "2,000 addresses");
  EXPECT_EQ(format_count(1234567), "1,234,567");
  EXPECT_EQ(format_duration(6.7146), "6.71 s");
  EXPECT_EQ(format_duration(0.00123), "1.23 ms");
  EXPECT_EQ(format_duration(0.0000451), "45.1 us");
  EXPECT_EQ(format_duration(0.99999), "1.00 s");
  EXPECT_EQ(format_duration(0), "0.00 us");
  EXPECT_EQ(format_bytes(19), "19.00 B");
  EXPECT_EQ(format_bytes(311756.8), "304.45 KiB");
}

}  // namespace
}  // namespace tws
