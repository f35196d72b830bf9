#include "tws/system/limits.hpp"

#include "system/open_files.hpp"
#include "system/port_list.hpp"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/utsname.h>

namespace tws {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;

TEST(Limits, PortRanges) {
  EXPECT_THAT(parse_port_range("49152-65535"), Optional(PortRange{49152, 65535}));
  EXPECT_THAT(parse_port_range("1-1"), Optional(PortRange{1, 1}));
  EXPECT_EQ((PortRange{49152, 65535}.size()), 16384u);
  EXPECT_EQ((PortRange{0, 65535}.size()), 65536u);
  for (auto text : {"", "-", "1", "1-", "-1", "2-1", "0-5", "1-65536", "1-2-3", " 1-2", "1 -2",
                    "1-2 ", "a-b", "0x1-2", "1,2"})
    EXPECT_EQ(parse_port_range(text), std::nullopt) << text;
}

TEST(Limits, PortLists) {
  EXPECT_THAT(parse_port_list(""), Optional(IsEmpty()));
  EXPECT_THAT(parse_port_list("8080,9148-9150"),
              Optional(ElementsAre(PortRange{8080, 8080}, PortRange{9148, 9150})));
  EXPECT_THAT(parse_port_list("0-1023"), Optional(ElementsAre(PortRange{0, 1023})));
  for (auto text : {",", "1,,2", "x", "2-1", "1 2", "65536"})
    EXPECT_EQ(parse_port_list(text), std::nullopt) << text;
}

TEST(Limits, UsablePortsAreThoseNotReserved) {
  EXPECT_EQ(count_ports({{8080, 8080}, {9148, 9150}}), 4u);
  EXPECT_EQ(count_ports({{10, 20}, {15, 25}}), 16u);  // some twice
  EXPECT_EQ(count_usable({9000, 9999}, {}, {}), 1000u);
  EXPECT_EQ(count_usable({9000, 9999}, {{8080, 8080}, {9148, 9150}, {9990, 10010}}, {}), 987u);
  EXPECT_EQ(count_usable({9000, 9999}, {{0, 65535}}, {}), 0u);
}

TEST(Limits, NorHeld) {
  const auto held = port_set({{22, 22}, {9000, 9001}, {9150, 9150}});
  EXPECT_EQ(count_usable({9000, 9999}, {}, held), 997u);
  EXPECT_EQ(count_usable({9000, 9999}, {{9148, 9150}}, held), 995u);  // one is both
  EXPECT_EQ(count_usable({9500, 9999}, {}, held), 500u);
}

TEST(Limits, ReusePoliciesHaveNames) {
  EXPECT_EQ(name(TimeWaitReuse::Off), "off");
  EXPECT_EQ(name(TimeWaitReuse::Loopback), "loopback");
  EXPECT_EQ(name(TimeWaitReuse::On), "on");
}

bool applies(TimeWaitReuse reuse, std::optional<bool> timestamps, const char* target) {
  Limits limits;
  limits.reuse = reuse;
  limits.timestamps = timestamps;
  return reuse_applies(limits, boost::asio::ip::make_address(target));
}

TEST(Limits, ReuseDependsOnTheTarget) {
  using enum TimeWaitReuse;
  for (auto target : {"127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1", "0.0.0.0",
                      "::", "::ffff:0.0.0.0"}) {
    EXPECT_TRUE(applies(On, true, target)) << target;
    EXPECT_TRUE(applies(Loopback, true, target)) << target;
    EXPECT_FALSE(applies(Off, true, target)) << target;
  }
  for (auto target : {"126.0.0.1", "128.0.0.1", "192.0.2.2", "::2", "fe80::1", "2001:db8::1",
                      "::ffff:192.0.2.2", "::127.0.0.1"}) {
    EXPECT_TRUE(applies(On, true, target)) << target;
    EXPECT_FALSE(applies(Loopback, true, target)) << target;
    EXPECT_FALSE(applies(Off, true, target)) << target;
  }
}

TEST(Limits, NothingIsReusedWithoutTimestamps) {
  using enum TimeWaitReuse;
  for (auto target : {"127.0.0.1", "192.0.2.2"}) {
    EXPECT_FALSE(applies(On, false, target));
    EXPECT_FALSE(applies(Loopback, false, target));
    EXPECT_TRUE(applies(On, {}, target));  // unknown is the default, which is on
  }
  EXPECT_FALSE(reuse_applies({}, boost::asio::ip::make_address("127.0.0.1")));
}

TEST(Limits, SourcesAreKnownOnAnyMachine) {
  EXPECT_EQ(limit_sources("Linux").ports, "/proc/sys/net/ipv4/ip_local_port_range");
  EXPECT_EQ(limit_sources("Linux").time_wait_seconds, "include/net/tcp.h: TCP_TIMEWAIT_LEN");
  EXPECT_EQ(limit_sources("Darwin").somaxconn, "kern.ipc.somaxconn");
  EXPECT_EQ(limit_sources("Linux").port_step_width, "/proc/sys/net/ipv4/ip_local_port_step_width");
  EXPECT_EQ(limit_sources("Darwin").port_step_width, "");
  EXPECT_EQ(limit_sources("Darwin").conntrack_max, "");
  for (auto os : {"", "linux", "FreeBSD"}) EXPECT_EQ(limit_sources(os).ports, "") << os;
}

TEST(Limits, WhatIsKnownHasASource) {
  const Limits limits = read_limits();
  utsname system{};
  uname(&system);
  const LimitSources sources = limit_sources(system.sysname);
  const auto check = [](const auto& value, std::string_view source) {
    if (value) {
      EXPECT_NE(source, "");
    }
  };
  check(limits.ports, sources.ports);
  check(limits.reserved, sources.reserved);
  check(limits.reserved_ports, sources.reserved_ports);
  check(limits.held_ports, sources.held_ports);
  check(limits.usable_ports, sources.usable_ports);
  check(limits.port_step_width, sources.port_step_width);
  check(limits.time_wait_seconds, sources.time_wait_seconds);
  check(limits.reuse, sources.reuse);
  check(limits.reuse_delay_seconds, sources.reuse_delay_seconds);
  check(limits.timestamps, sources.timestamps);
  check(limits.max_time_wait, sources.max_time_wait);
  check(limits.open_files, sources.open_files);
  check(limits.open_files_hard, sources.open_files_hard);
  check(limits.somaxconn, sources.somaxconn);
  check(limits.syn_backlog, sources.syn_backlog);
  check(limits.conntrack_count, sources.conntrack_count);
  check(limits.conntrack_max, sources.conntrack_max);
}

TEST(Limits, ThisMachineHasSome) {
  const Limits limits = read_limits();
  ASSERT_TRUE(limits.ports && limits.usable_ports && limits.time_wait_seconds && limits.somaxconn &&
              limits.open_files);
  EXPECT_LE(*limits.usable_ports, limits.ports->size());
  EXPECT_GT(*limits.time_wait_seconds, 0);
  EXPECT_EQ(*limits.open_files, open_file_limit());
  EXPECT_EQ(limits.open_files_hard, hard_open_file_limit());
}

TEST(Limits, OpenFilesAreRaisedToTheHardLimit) {
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  rlimit low = before;
  low.rlim_cur = 64;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
  EXPECT_EQ(open_file_limit(), 64u);
  EXPECT_GT(hard_open_file_limit(), 64u);
  EXPECT_GT(raise_open_file_limit(), 64u);
#ifdef __linux__
  EXPECT_EQ(open_file_limit(), before.rlim_max);
#endif
  EXPECT_EQ(raise_open_file_limit(), open_file_limit());  // no further
  setrlimit(RLIMIT_NOFILE, &before);
}

}  // namespace
}  // namespace tws
