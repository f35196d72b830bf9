#include "system/linux/sock_diag.hpp"

#include "rows.hpp"

#include <gmock/gmock.h>
#include <linux/netlink.h>

#include <cerrno>
#include <cstring>
#include <random>
#include <string>

// Netlink speaks the machine's own byte order; the bytes here are those of a little-endian one.

namespace tws {
namespace {

using testing::ElementsAreArray;
using testing::IsEmpty;

struct Dump {
  DumpReply reply;
  std::vector<SocketRow> rows;
};

Dump read(std::span<const std::byte> bytes) {
  Dump dump;
  dump.reply = read_dump(bytes, [&](const SocketRow& row) { dump.rows.push_back(row); });
  return dump;
}

Dump read_hex(std::string_view hex) {
  return read(from_hex(hex));
}

const std::string header_of_76 =
    "4c000000"  // length
    "1200"      // TCPDIAG_GETSOCK
    "0103"      // NLM_F_REQUEST | NLM_F_DUMP
    "01000000"
    "00000000";

TEST(SockDiag, ARequestForAllPorts) {
  EXPECT_EQ(dump_request(every_state, {}),
            from_hex(header_of_76 + std::string(104, '0') + "fe0f0000" + "00000000"));
  EXPECT_EQ(dump_request(listen_state, {}),
            from_hex(header_of_76 + std::string(104, '0') + "00040000" + "00000000"));
}

TEST(SockDiag, ARequestForAPortOnEitherSide) {
  const std::uint16_t port = 3779;
  EXPECT_EQ(dump_request(every_state, std::span(&port, 1)),
            from_hex("74000000120001030100000000000000" + std::string(104, '0') +
                     "fe0f000000000000"
                     "28000100"             // INET_DIAG_REQ_BYTECODE, 40 bytes
                     "020814000000c30e"     // source port >= 3779, or 20 bytes on
                     "03080c000000c30e"     // source port <= 3779, or 12 bytes on
                     "01041400"             // accept: 20 bytes on, the end
                     "040814000000c30e"     // the same for the destination port,
                     "05080c000000c30e"));  // or past the end: reject
}

TEST(SockDiag, TooManyPortsAreLeftToTheReader) {
  const std::vector<std::uint16_t> ports(max_filter_ports + 1, 80);
  EXPECT_EQ(dump_request(every_state, ports).size(), 76u);
  EXPECT_GT(dump_request(every_state, std::span(ports).first(max_filter_ports)).size(), 76u);
}

TEST(SockDiag, WhatAKernelSent) {
  const auto v4 = read_hex(real_dump_v4);
  EXPECT_EQ(v4.reply.status, DumpReply::More);
  EXPECT_THAT(v4.rows, ElementsAreArray(real_rows_v4()));
  const auto v6 = read_hex(std::string(real_dump_v6) + std::string(real_done));
  EXPECT_EQ(v6.reply.status, DumpReply::Done);
  auto rows = real_rows_v6();
  rows.front().backlog = 128;  // /proc does not tell it
  EXPECT_THAT(v6.rows, ElementsAreArray(rows));
  EXPECT_FALSE(v6.reply.interrupted);
}

TEST(SockDiag, CutOffAnywhere) {
  const auto bytes = from_hex(real_dump_v4);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    // A copy of its own, so that a sanitizer sees a read beyond it.
    const std::vector<std::byte> part(bytes.begin(),
                                      bytes.begin() + static_cast<std::ptrdiff_t>(size));
    const auto dump = read(part);
    const bool whole = size == 0 || size == 0x7c;
    EXPECT_EQ(dump.reply.status, whole ? DumpReply::More : DumpReply::Malformed) << size;
    EXPECT_EQ(dump.rows.size(), size < 0x7c ? 0u : 1u) << size;
  }
}

TEST(SockDiag, LengthsThatLie) {
  for (auto length : {"00000000", "0f000000", "ffffffff", "15000000"}) {
    const auto dump = read_hex(length + std::string(real_done.substr(8)));
    EXPECT_EQ(dump.reply.status, DumpReply::Malformed) << length;
    EXPECT_EQ(dump.reply.error, EBADMSG);
  }
  // A row whose message ends before the row does.
  const auto dump = read_hex("57000000" + std::string(real_dump_v4.substr(8)));
  EXPECT_EQ(dump.reply.status, DumpReply::Malformed);
  EXPECT_THAT(dump.rows, IsEmpty());
}

TEST(SockDiag, TheKernelRefuses) {
  const auto refused = read_hex(
      "1400000002000000010000000000000"
      "0feffffff");
  EXPECT_EQ(refused.reply.status, DumpReply::Failed);
  EXPECT_EQ(refused.reply.error, ENOENT);
  EXPECT_EQ(read_hex("10000000020000000100000000000000").reply.status, DumpReply::Malformed);
  const auto broken_off = read_hex(
      "140000000300020001000000000000"
      "00f4ffffff");
  EXPECT_EQ(broken_off.reply.status, DumpReply::Failed);
  EXPECT_EQ(broken_off.reply.error, ENOMEM);
  // No errno is so low, and this one has no positive counterpart.
  for (const auto type : {"02", "03"})
    EXPECT_EQ(
        read_hex("14000000" + std::string(type) + "000000010000000000000000000080").reply.status,
        DumpReply::Malformed);
  const auto overrun = read_hex("10000000040000000100000000000000");
  EXPECT_EQ(overrun.reply.status, DumpReply::Failed);
  EXPECT_EQ(overrun.reply.error, ENOBUFS);
}

TEST(SockDiag, OtherMessagesAreSkipped) {
  const std::string noop = "11000000010000000100000000000000ff000000";  // padded to 20
  const std::string acknowledged = "1400000002000000010000000000000000000000";
  const std::string unheard_of = "10000000630000000100000000000000";
  const std::string done_without_status = "10000000030000000100000000000000";
  const auto dump = read_hex(noop + acknowledged + unheard_of + std::string(real_dump_v4) +
                             done_without_status + "00");
  EXPECT_EQ(dump.reply.status, DumpReply::Done);
  EXPECT_EQ(dump.rows.size(), 2u);
}

TEST(SockDiag, AnInterruptedDumpSaysSo) {
  const auto dump = read_hex(
      "14000000030012000100000055200000"
      "00000000");
  EXPECT_EQ(dump.reply.status, DumpReply::Done);
  EXPECT_TRUE(dump.reply.interrupted);
}

TEST(SockDiag, UnknownFamiliesAndStatesAreLeftOut) {
  auto bytes = from_hex(real_dump_v4);
  for (auto [offset, value] : {std::pair{16, 1}, {16, 0}, {17, 0}, {17, 12}, {17, 255}}) {
    auto changed = bytes;
    changed[static_cast<std::size_t>(offset)] = static_cast<std::byte>(value);
    const auto dump = read(changed);
    EXPECT_EQ(dump.reply.status, DumpReply::More);
    EXPECT_EQ(dump.rows.size(), 1u) << offset << " " << value;
  }
}

TEST(SockDiag, GarbageIsSurvived) {
  std::mt19937 random(1);
  const auto pattern = from_hex(std::string(real_dump_v6) + std::string(real_done));
  for (int round = 0; round < 20'000; ++round) {
    auto bytes = pattern;
    bytes.resize(random() % (pattern.size() + 1));
    bytes.shrink_to_fit();
    for (std::size_t changes = random() % 8; changes > 0 && !bytes.empty(); --changes)
      bytes[random() % bytes.size()] = static_cast<std::byte>(random());
    EXPECT_LE(read(bytes).rows.size(), bytes.size() / 16);
  }
}

}  // namespace
}  // namespace tws
