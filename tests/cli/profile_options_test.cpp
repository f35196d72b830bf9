#include "cli/profile_options.hpp"

#include "tws/support/errors.hpp"

#include <gmock/gmock.h>

namespace tws {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

std::string refusal(const std::string& text) {
  try {
    stages("--stages", text);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "taken";
}

TEST(Stages, GoFromTheValueBeforeToTheirOwn) {
  const auto profile = stages("--stages", "30s:100,1m:1000,0s:2000,2m:2000");
  EXPECT_EQ(profile.varied, Varied::rate);
  EXPECT_THAT(profile.stages,
              ElementsAre(Stage{30s, 0, 100}, Stage{60s, 100, 1000}, Stage{120s, 2000, 2000}));
  EXPECT_EQ(profile.length(), 210s);
  EXPECT_EQ(profile.highest(), 2000);
}

TEST(Stages, OfConnectionsBeginWithOne) {
  const auto profile = stages("--stages", "30s:10c,0s:5c,1m30s:5c");
  EXPECT_EQ(profile.varied, Varied::connections);
  EXPECT_THAT(profile.stages, ElementsAre(Stage{30s, 1, 10}, Stage{90s, 5, 5}));
}

TEST(Stages, RatesAreWrittenAsElsewhere) {
  EXPECT_THAT(stages("--stages", "10:0.5,1s:20k,1s:60/m,1s:0").stages,
              ElementsAre(Stage{10s, 0, 0.5}, Stage{1s, 0.5, 20'000}, Stage{1s, 20'000, 1},
                          Stage{1s, 1, 0}));
}

TEST(Stages, SayWhichOfThemIsWrong) {
  constexpr const char* form =
      "is not DURATION:RATE or, with connections, DURATION:NUMBERc, such as 30s:100 or 30s:10c";
  for (const char* wrong : {"", "30s", "30s:", ":100", "30s:x", "x:100", "30s:-1", "30s:1.5c",
                            "30s:2Gc", "30s:100:5", "30s:c", "-1s:100", "30s:2G"})
    EXPECT_THAT(refusal(std::string("1s:5,") + wrong), HasSubstr(form)) << wrong;
  EXPECT_THAT(refusal("30s:100,oops"), HasSubstr("--stages: 'oops' is not DURATION:RATE"));
  EXPECT_THAT(refusal("30s:100,1m:10c"), HasSubstr("mixes connections (c) and rates"));
  EXPECT_THAT(refusal("30s:100,0s:10"), HasSubstr("ends with a jump"));
  EXPECT_THAT(refusal("30s:0,5s:0"), HasSubstr("asks for nothing"));
  EXPECT_THAT(refusal("30s:0c"), HasSubstr("taken"));  // from one to none
  EXPECT_THAT(refusal("900000h:1"), HasSubstr("is not DURATION"));
  EXPECT_THAT(refusal("800000h:1,800000h:1"), HasSubstr("is too long"));
  std::string many = "1s:1";
  for (int i = 0; i < 1000; ++i) many += ",1s:1";
  EXPECT_THAT(refusal(many), HasSubstr("1001 stages, and it takes 1000 at most"));
}

}  // namespace
}  // namespace tws
