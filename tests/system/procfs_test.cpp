#include "system/linux/procfs.hpp"

#include "rows.hpp"

#include <gmock/gmock.h>

#include <limits>
#include <string>

namespace tws {
namespace {

using testing::ElementsAreArray;
using testing::IsEmpty;
using testing::Optional;
using testing::Pair;
using testing::UnorderedElementsAre;

std::vector<SocketRow> rows_of(std::string_view text) {
  std::vector<SocketRow> rows;
  read_proc_net_tcp(text, [&](const SocketRow& row) { rows.push_back(row); });
  return rows;
}

TEST(Procfs, TheSameRowsAsNetlink) {
  EXPECT_THAT(rows_of(real_proc_net_tcp), ElementsAreArray(real_rows_v4()));
  EXPECT_THAT(rows_of(real_proc_net_tcp6), ElementsAreArray(real_rows_v6()));
}

TEST(Procfs, LinesThatAreNoRows) {
  for (auto text : {
           "",
           "\n\n",
           "   0:",
           "   0: 0100007F:0016",
           "   0: 0100007F:0016 00000000:0000",
           "   0: 0100007F:0016 00000000:0000 ",
           "   0: 0100007F 00000000:0000 0A",        // no port
           "   0: 0100007F: 00000000:0000 0A",       // an empty one
           "   0: 0100007F:10000 00000000:0000 0A",  // one too high
           "   0: 0100007:0016 00000000:0000 0A",    // a short address
           "   0: 0100007G:0016 00000000:0000 0A",   // not hexadecimal
           "   0: 0100007F:0016 00000000:0000 00",   // no such states
           "   0: 0100007F:0016 00000000:0000 0C",
           "   0: 0100007F:0016 00000000:0000 FFF",
           "   0: 00000000000000000000000001000000:0016 0000000000000000000000000000000 0A",
       })
    EXPECT_THAT(rows_of(text), IsEmpty()) << text;
}

TEST(Procfs, CutOffAnywhere) {
  for (std::size_t size = 0; size < real_proc_net_tcp6.size(); ++size)
    EXPECT_LE(rows_of(std::string(real_proc_net_tcp6.substr(0, size))).size(), 2u);
}

TEST(Procfs, Sockstat) {
  EXPECT_THAT(parse_sockstat("sockets: used 138\n"
                             "TCP: inuse 5 orphan 1 tw 16384 alloc 7 mem 330\n"
                             "UDP: inuse 2 mem 0\n"),
              Optional(Sockstat{5, 1, 16384, 7}));
  for (auto text : {"", "TCP:", "TCP: inuse 5 orphan 1 tw 3", "TCP: inuse x orphan 1 tw 3 alloc 7",
                    "UDP: inuse 5 orphan 1 tw 3 alloc 7", "TCP: inuse 5 orphan 1 tw -3 alloc 7",
                    "XTCP: inuse 5 orphan 1 tw 3 alloc 7"})
    EXPECT_EQ(parse_sockstat(text), std::nullopt) << text;
}

TEST(Procfs, CountersOfOneSection) {
  constexpr std::string_view snmp =
      "Icmp: InMsgs InErrors\nIcmp: 44 0\n"
      "Tcp: RtoAlgorithm MaxConn ActiveOpens\nTcp: 1 -1 6400\n"
      "Udp: InDatagrams\nUdp: 9\n";
  EXPECT_THAT(parse_counters(snmp, "Tcp"),
              UnorderedElementsAre(Pair("Tcp.RtoAlgorithm", 1), Pair("Tcp.MaxConn", -1),
                                   Pair("Tcp.ActiveOpens", 6400)));
  EXPECT_THAT(parse_counters(snmp, "TcpExt"), IsEmpty());
}

TEST(Procfs, CountersWithoutNamesOrValues) {
  EXPECT_THAT(parse_counters("", "Tcp"), IsEmpty());
  EXPECT_THAT(parse_counters("Tcp: A B\n", "Tcp"), IsEmpty());
  EXPECT_THAT(parse_counters("Tcp: A B\nUdp: 1 2\n", "Tcp"), IsEmpty());
  EXPECT_THAT(parse_counters("Tcp: A B\nTcp: 1\n", "Tcp"), UnorderedElementsAre(Pair("Tcp.A", 1)));
  EXPECT_THAT(parse_counters("Tcp: A\nTcp: 1 2\n", "Tcp"), UnorderedElementsAre(Pair("Tcp.A", 1)));
  EXPECT_THAT(parse_counters("Tcp: A B\nTcp: x 2\n", "Tcp"),
              UnorderedElementsAre(Pair("Tcp.B", 2)));
}

TEST(Procfs, AProcess) {
  // Linux 6.18.
  EXPECT_THAT(parse_stat("4242 (nginx) S 4241 4241 4241 0 -1 4194624 171 0 0 0 1200 345 7 8 20 0 1 "
                         "0 987654 12341248 1493 18446744073709551615 1 1 0 0 0 0 0\n"),
              Optional(ProcStat{"nginx", 1545, 987654, 4241, 15}));
  EXPECT_THAT(parse_stat("1 (a) R (b\n) c) R 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19"),
              Optional(ProcStat{"a) R (b\n) c", 23, 19, 1, 27}));
  EXPECT_THAT(parse_stat("1 () R 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19"),
              Optional(ProcStat{"", 23, 19, 1, 27}));
  for (auto text : {"", "1", "1 (a", "1 a)", ")(", "1 (a)", "1 (a) R",
                    "1 (a) R 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18",
                    "1 (a) R 1 2 3 4 5 6 7 8 9 10 x 12 13 14 15 16 17 18 19",
                    "1 (a) R 1 2 3 4 5 6 7 8 9 10 11 -12 13 14 15 16 17 18 19"})
    EXPECT_EQ(parse_stat(text), std::nullopt) << text;
}

TEST(HasAddress, IsTheNamespacesOwn) {
  const std::string v4 =
      "Main:\n  +-- 0.0.0.0/0 3 0 4\n     |-- 0.0.0.0\n        /0 universe UNICAST\n"
      "     +-- 10.77.0.0/24 2 0 2\n        |-- 10.77.0.0\n           /24 link UNICAST\n"
      "        |-- 10.77.0.2\n           /32 host LOCAL\n        |-- 10.77.0.255\n"
      "           /32 link BROADCAST\n";
  const std::string v6 = "fd000000000000000000000000000002 03 40 00 80     eth0\n";
  const auto has = [&](const char* address) {
    return has_address(v4, v6, bytes_of(boost::asio::ip::make_address(address)));
  };
  EXPECT_TRUE(has("10.77.0.2"));
  EXPECT_TRUE(has("fd00::2"));
  EXPECT_FALSE(has("10.77.0.20"));
  EXPECT_FALSE(has("10.77.0.255"));
  EXPECT_FALSE(has("10.77.0.0"));
  EXPECT_FALSE(has("0.0.0.0"));
  EXPECT_FALSE(has("fd00::20"));
  EXPECT_FALSE(has_address("", "", bytes_of(boost::asio::ip::make_address("10.77.0.2"))));
}

TEST(Procfs, TheOpenFileLimitOfAProcess) {
  EXPECT_EQ(parse_open_file_limit(
                "Limit                     Soft Limit           Hard Limit           Units     \n"
                "Max processes             96384                96384                processes \n"
                "Max open files            1024                 524288               files     \n"
                "Max locked memory         8388608              8388608              bytes     \n"),
            1024u);
  EXPECT_EQ(parse_open_file_limit("Max open files            unlimited            unlimited   \n"),
            std::numeric_limits<std::uint64_t>::max());
  for (auto text : {"", "Max open files", "Max open files x 5", "Max processes 5 5 processes"})
    EXPECT_EQ(parse_open_file_limit(text), std::nullopt) << text;
}

TEST(Procfs, AFileIsReadToItsEnd) {
  const auto text = read_text("/proc/self/maps");  // more than one page
  ASSERT_TRUE(text);
  EXPECT_EQ(text->back(), '\n');
  EXPECT_EQ(read_text("/proc/no/such/file").error(),
            boost::system::errc::no_such_file_or_directory);
  EXPECT_EQ(read_text("/proc").error(), boost::system::errc::is_a_directory);
}

TEST(Procfs, ThisMachineHasTotals) {
  const auto stat = read_sockstat();
  ASSERT_TRUE(stat);
}

}  // namespace
}  // namespace tws
