#include "model/port_table.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <vector>

namespace tws::model {
namespace {

using testing::ElementsAre;

constexpr PortOrder orders[] = {PortOrder::in_order, PortOrder::by_parity, PortOrder::by_hash,
                                PortOrder::random};

std::vector<std::uint32_t> take(PortTable& table, std::uint32_t lane, std::size_t count) {
  std::vector<std::uint32_t> ports;
  while (ports.size() < count) ports.push_back(table.port(table.choose(lane).slot.value()));
  return ports;
}

class EachOrder : public testing::TestWithParam<PortOrder> {
 protected:
  Random random{7};
};
INSTANTIATE_TEST_SUITE_P(Orders, EachOrder, testing::ValuesIn(orders));

TEST_P(EachOrder, GivesEachPortOnceAndThenNone) {
  for (const std::uint32_t ports : {1u, 2u, 63u, 64u, 65u, 128u, 1000u, 28232u}) {
    if (GetParam() == PortOrder::by_parity && ports > 1 && ports % 2 == 1) continue;  // see below
    PortTable table(GetParam(), ports, 1, random);
    const auto taken = take(table, 0, ports);
    EXPECT_EQ(std::set(taken.begin(), taken.end()).size(), ports);
    EXPECT_EQ(*std::max_element(taken.begin(), taken.end()), ports - 1);
    const auto none = table.choose(0);
    EXPECT_FALSE(none.slot);
    EXPECT_EQ(none.looked_at, ports);
  }
}

TEST_P(EachOrder, GivesWhatCameBack) {
  PortTable table(GetParam(), 100, 1, random);
  std::vector<Slot> slots;
  for (int i = 0; i < 100; ++i) slots.push_back(*table.choose(0).slot);
  table.release(slots[42]);
  EXPECT_EQ(table.choose(0).slot, slots[42]);
  EXPECT_FALSE(table.choose(0).slot);
}

TEST_P(EachOrder, LanesDoNotShare) {
  PortTable table(GetParam(), 70, 3, random);
  take(table, 1, 70);
  EXPECT_FALSE(table.choose(1).slot);
  EXPECT_EQ(take(table, 0, 70).size(), 70u);
  EXPECT_EQ(take(table, 2, 70).size(), 70u);
}

TEST(PortTable, InOrderGoesRoundAndSkipsWhatIsHeld) {
  Random random(1);
  PortTable table(PortOrder::in_order, 4, 1, random);
  const auto first = table.choose(0).slot;
  EXPECT_THAT(take(table, 0, 1), ElementsAre(1));
  table.release(*first);
  EXPECT_THAT(take(table, 0, 3), ElementsAre(2, 3, 0));
}

// One counter for all of them, as xnu has it.
TEST(PortTable, InOrderGoesOnWhereAnotherLaneEnded) {
  Random random(1);
  PortTable table(PortOrder::in_order, 100, 2, random);
  EXPECT_THAT(take(table, 0, 2), ElementsAre(0, 1));
  EXPECT_THAT(take(table, 1, 2), ElementsAre(2, 3));
}

// Of a table of 1,000 ports by parity.
void expect_one_half_first(PortTable table) {
  for (const auto port : take(table, 0, 500)) EXPECT_EQ(port % 2, 0u);
  for (int i = 0; i < 500; ++i) {
    const auto choice = table.choose(0);
    EXPECT_EQ(table.port(*choice.slot) % 2, 1u);
    EXPECT_GT(choice.looked_at, 500u);
  }
}

TEST(PortTable, ByParityTakesOneHalfFirstAndThenLooksThroughIt) {
  Random random(3);
  expect_one_half_first(PortTable(PortOrder::by_parity, 1000, 1, random));
}

// net.ipv4.ip_local_port_step_width
TEST(PortTable, InStepsGivesEachPortOnceAndThenNone) {
  Random random(5);
  for (const auto order : {PortOrder::by_parity, PortOrder::by_hash})
    for (const std::uint32_t width : {1u, 2u, 7u, 500u, UINT32_MAX})
      for (const std::uint32_t ports : {1u, 2u, 4u, 64u, 66u, 1000u, 2310u}) {
        PortTable table(order, ports, 1, random, width);
        const auto taken = take(table, 0, ports);
        EXPECT_EQ(std::set(taken.begin(), taken.end()).size(), ports);
        EXPECT_EQ(*std::max_element(taken.begin(), taken.end()), ports - 1);
        const auto none = table.choose(0);
        EXPECT_FALSE(none.slot);
        EXPECT_EQ(none.looked_at, ports);
      }
}

TEST(PortTable, InStepsByParityStillTakesOneHalfFirst) {
  Random random(3);
  expect_one_half_first(PortTable(PortOrder::by_parity, 1000, 1, random, 1000));
}

// What it is for: the port behind a block that is held is not found by every search that begins in
// the block.
TEST(PortTable, StepsSpreadWhatBeginsInABlockThatIsHeld) {
  Random random(3);
  const auto behind_the_block = [&](std::uint32_t width) {
    constexpr std::uint32_t lanes = 200, ports = 100, block = 50;
    PortTable table(PortOrder::by_hash, ports, lanes, random, width);
    int count = 0;
    for (std::uint32_t lane = 0; lane < lanes; ++lane) {
      std::vector<Slot> slots;
      for (std::uint32_t i = 0; i < ports; ++i) slots.push_back(*table.choose(lane).slot);
      for (const Slot slot : slots)
        if (table.port(slot) >= block) table.release(slot);
      count += table.port(*table.choose(lane).slot) == block;
    }
    return count;
  };
  EXPECT_GT(behind_the_block(0), 70);
  EXPECT_GT(behind_the_block(1), 70);  // each step is one port
  EXPECT_LT(behind_the_block(100), 30);
}

TEST(PortTable, StepsAreOfTheSearchByHashAlone) {
  Random random(1);
  PortTable table(PortOrder::in_order, 100, 1, random, 50);
  EXPECT_THAT(take(table, 0, 4), ElementsAre(0, 1, 2, 3));
}

TEST(PortTable, InStepsAnOddNumberMayLackOne) {
  Random random(3);
  for (const std::uint32_t ports : {3u, 11u, 101u})
    for (int i = 0; i < 100; ++i) {
      PortTable table(PortOrder::by_parity, ports, 1, random, ports);
      std::set<std::uint32_t> taken;
      for (auto choice = table.choose(0); choice.slot; choice = table.choose(0)) {
        EXPECT_LT(table.port(*choice.slot), ports);
        EXPECT_TRUE(taken.insert(table.port(*choice.slot)).second);
      }
      EXPECT_GE(taken.size(), ports - 1);
    }
}

// Of an odd number of ports one search sees all but one: the last one if it begins with the first,
// else the first. Where searches end decides whether both are found; 11 of 11 ports is what a real
// kernel gives most of the time, and 2 of 3.
TEST(PortTable, ByParityAnOddNumberMayLackOne) {
  Random random(3);
  const auto found = [&](std::uint32_t ports) {
    PortTable table(PortOrder::by_parity, ports, 1, random);
    std::set<std::uint32_t> taken;
    for (auto choice = table.choose(0); choice.slot; choice = table.choose(0))
      EXPECT_TRUE(taken.insert(table.port(*choice.slot)).second);
    return taken.size();
  };
  int all = 0;
  for (int i = 0; i < 200; ++i) {
    EXPECT_EQ(found(3), 2u);
    const auto count = found(11);
    EXPECT_TRUE(count == 10 || count == 11) << count;
    all += count == 11;
  }
  EXPECT_GT(all, 120);
  EXPECT_LT(all, 200);
}

TEST(PortTable, ByHashKnowsNoParities) {
  Random random(3);
  PortTable table(PortOrder::by_hash, 1000, 1, random);
  std::size_t odd = 0;
  for (const auto port : take(table, 0, 500)) odd += port % 2;
  EXPECT_GT(odd, 200u);
  EXPECT_LT(odd, 300u);
}

TEST(PortTable, RandomIsNotInOrder) {
  Random random(3);
  PortTable table(PortOrder::random, 50'000, 1, random);
  const auto taken = take(table, 0, 100);
  EXPECT_FALSE(std::is_sorted(taken.begin(), taken.end()));
}

}  // namespace
}  // namespace tws::model
