#include "load/pattern.hpp"

#include "tws/support/errors.hpp"

#include <gmock/gmock.h>

#include <set>

namespace tws::load {
namespace {

using testing::MatchesRegex;

std::string made(const Pattern& pattern, Values values) {
  std::string text;
  pattern.append_to(text, values, 0);
  return text;
}
std::string made(std::string_view text, Values values) {
  return made(parse_pattern("x", text), values);
}

std::string refusal(std::string_view text) {
  try {
    parse_pattern("--body", text);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Pattern, OtherTextStaysAsItIs) {
  for (const std::string text : {"", "plain", "{\"a\":{\"b\":1}}", "}} {", "{ {seq} }"}) {
    const auto pattern = parse_pattern("x", text);
    EXPECT_FALSE(pattern.has_placeholders()) << text;
    EXPECT_EQ(pattern.text(), text);
  }
}

TEST(Pattern, PlaceholdersStandForSomethingElseEachTime) {
  EXPECT_EQ(made("<{{seq}}>{{ seq }}", {1, 7, ""}), "<7>7");
  EXPECT_EQ(made("{{line}},{{line}}", {1, 7, "a b"}), "a b,a b");
  EXPECT_EQ(made("{{rand 5 5}}", {1, 7, ""}), "5");
  EXPECT_EQ(made("{{rand 0 1000000000000000000}}", {1, 7, ""}).find_first_not_of("0123456789"),
            std::string::npos);
  std::set<std::string> uuids, numbers;
  for (std::uint64_t number = 1; number <= 1000; ++number) {
    const auto both = made("{{uuid}} {{uuid}}", {1, number, ""});
    EXPECT_THAT(both.substr(0, 36), MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-"
                                                 "f]{3}-[0-9a-f]{12}"));
    uuids.insert(both.substr(0, 36));
    uuids.insert(both.substr(37));
    numbers.insert(made("{{rand 1 6}}", {1, number, ""}));
  }
  EXPECT_EQ(uuids.size(), 2000u);
  EXPECT_EQ(numbers, (std::set<std::string>{"1", "2", "3", "4", "5", "6"}));
}

TEST(Pattern, TheSameSeedAndNumberGiveTheSameText) {
  const auto text = "{{rand 1 1000000}} {{uuid}}";
  EXPECT_EQ(made(text, {1, 7, ""}), made(text, {1, 7, ""}));
  EXPECT_NE(made(text, {1, 7, ""}), made(text, {2, 7, ""}));
  EXPECT_NE(made(text, {1, 7, ""}), made(text, {1, 8, ""}));
}

TEST(Pattern, ABackslashMakesBracesOfThem) {
  EXPECT_EQ(parse_pattern("x", "\\{{seq}}").text(), "{{seq}}");
  EXPECT_EQ(made("a\\{{b}}{{seq}}\\", {1, 7, ""}), "a{{b}}7\\");
}

TEST(Pattern, WhatIsNoPlaceholderIsRefused) {
  const std::string known =
      "' is no placeholder; {{seq}}, {{rand A B}}, {{uuid}} and {{line}} are, and \\{{ stands for "
      "{{";
  EXPECT_EQ(refusal("a{{x}}b"), "--body: '{{x}}" + known);
  EXPECT_EQ(refusal("{{}}"), "--body: '{{}}" + known);
  EXPECT_EQ(refusal("{{seq 1}}"), "--body: '{{seq 1}}" + known);
  EXPECT_EQ(refusal("{{SEQ}}"), "--body: '{{SEQ}}" + known);
  const std::string numbers =
      "' is not {{rand A B}} with whole numbers from A to B, such as {{rand 1 100}}";
  for (const std::string text : {"{{rand}}", "{{rand 1}}", "{{rand 2 1}}", "{{rand -1 1}}",
                                 "{{rand 1 1e3}}", "{{rand 1 1000000000000000001}}"})
    EXPECT_EQ(refusal(text), "--body: '" + text + numbers);
  EXPECT_EQ(refusal("{{seq}"), "--body: '{{seq}' has no }} (\\{{ stands for {{)");
}

TEST(PathPattern, IsEncodedLikeAUrl) {
  const auto path = [](std::string_view text) {
    return made(parse_path_pattern("x", text), {1, 7, "a?b c"});
  };
  EXPECT_EQ(path("/a b/{{seq}}"), "/a%20b/7");
  EXPECT_EQ(path("?q={{seq}}'{x}"), "/?q=7%27{x}");
  EXPECT_EQ(path("/{{line}}?{{line}}&a?b"), "/a%3Fb%20c?a?b%20c&a?b");
  EXPECT_EQ(path("/{{seq}}#{{nothing}}"), "/7");
  EXPECT_EQ(path("/%41{{seq}}{x}"), "/%417%7Bx%7D");
}

}  // namespace
}  // namespace tws::load
