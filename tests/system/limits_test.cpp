#include "tws/system/limits.hpp"

#include "system/port_list.hpp"
#include "tws/system/open_files.hpp"

#include <gmock/gmock.h>
#include <sys/resource.h>

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
  EXPECT_EQ(count_usable({9000, 9999}, {}), 1000u);
  EXPECT_EQ(count_usable({9000, 9999}, {{8080, 8080}, {9148, 9150}, {9990, 10010}}), 987u);
  EXPECT_EQ(count_usable({9000, 9999}, {{0, 65535}}), 0u);
}

TEST(Limits, ReusePoliciesHaveNames) {
  EXPECT_EQ(name(TimeWaitReuse::Off), "off");
  EXPECT_EQ(name(TimeWaitReuse::Loopback), "loopback");
  EXPECT_EQ(name(TimeWaitReuse::On), "on");
}

TEST(Limits, ThisMachineHasSome) {
  const Limits limits = read_limits();
  ASSERT_TRUE(limits.ports && limits.usable_ports && limits.time_wait_seconds && limits.somaxconn &&
              limits.open_files);
  EXPECT_LE(*limits.usable_ports, limits.ports->size());
  EXPECT_GT(*limits.time_wait_seconds, 0);
  EXPECT_EQ(*limits.open_files, open_file_limit());
}

TEST(Limits, OpenFilesAreRaisedToTheHardLimit) {
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  rlimit low = before;
  low.rlim_cur = 64;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
  EXPECT_EQ(open_file_limit(), 64u);
  EXPECT_GT(raise_open_file_limit(), 64u);
#ifdef __linux__
  EXPECT_EQ(open_file_limit(), before.rlim_max);
#endif
  EXPECT_EQ(raise_open_file_limit(), open_file_limit());  // no further
  setrlimit(RLIMIT_NOFILE, &before);
}

}  // namespace
}  // namespace tws
