#include "report/terminal.hpp"

#include <gtest/gtest.h>

#include <map>

namespace tws {
namespace {

using Variables = std::map<std::string, std::string>;
constexpr StreamFacts terminal{true, {}};
constexpr StreamFacts pipe{false, {}};

TextStyle choose(ColourOption option, const StreamFacts& stream, const Variables& variables) {
  return choose_style(option, stream, [&](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return {};
    return found->second;
  });
}

bool colour(const StreamFacts& stream, const Variables& variables,
            ColourOption option = ColourOption::automatic) {
  return choose(option, stream, variables).colour;
}

TEST(Colour, IsForTerminals) {
  EXPECT_TRUE(colour(terminal, {{"TERM", "xterm"}}));
  EXPECT_TRUE(colour(terminal, {}));
  EXPECT_FALSE(colour(terminal, {{"TERM", "dumb"}}));
  EXPECT_FALSE(colour(pipe, {{"TERM", "xterm"}}));
}

TEST(Colour, FollowsTheEnvironment) {
  EXPECT_FALSE(colour(terminal, {{"NO_COLOR", "1"}}));
  EXPECT_TRUE(colour(terminal, {{"NO_COLOR", ""}}));
  EXPECT_TRUE(colour(pipe, {{"CLICOLOR_FORCE", "1"}}));
  EXPECT_TRUE(colour(pipe, {{"FORCE_COLOR", "3"}}));
  EXPECT_FALSE(colour(pipe, {{"FORCE_COLOR", "0"}}));
  EXPECT_FALSE(colour(pipe, {{"CLICOLOR_FORCE", ""}}));
  EXPECT_FALSE(colour(terminal, {{"CLICOLOR", "0"}}));
  EXPECT_FALSE(colour(pipe, {{"NO_COLOR", "1"}, {"CLICOLOR_FORCE", "1"}}));
  EXPECT_TRUE(colour(pipe, {{"CLICOLOR", "0"}, {"CLICOLOR_FORCE", "1"}}));
}

TEST(Colour, TheOptionIsStronger) {
  EXPECT_TRUE(colour(pipe, {{"NO_COLOR", "1"}}, ColourOption::always));
  EXPECT_FALSE(colour(terminal, {{"CLICOLOR_FORCE", "1"}}, ColourOption::never));
}

TEST(Colour, OptionsAreParsed) {
  EXPECT_EQ(parse_colour_option("auto"), ColourOption::automatic);
  EXPECT_EQ(parse_colour_option("always"), ColourOption::always);
  EXPECT_EQ(parse_colour_option("never"), ColourOption::never);
  EXPECT_FALSE(parse_colour_option("yes"));
  EXPECT_FALSE(parse_colour_option(""));
}

TEST(Unicode, IsTheLocales) {
  const auto unicode = [](const Variables& variables) {
    return choose(ColourOption::automatic, pipe, variables).unicode;
  };
  EXPECT_FALSE(unicode({}));
  EXPECT_TRUE(unicode({{"LANG", "en_GB.UTF-8"}}));
  EXPECT_TRUE(unicode({{"LANG", "C.utf8"}}));
  EXPECT_FALSE(unicode({{"LANG", "en_GB.UTF-8"}, {"LC_ALL", "C"}}));
  EXPECT_TRUE(unicode({{"LANG", "C"}, {"LC_CTYPE", "de_DE.UTF-8"}, {"LC_ALL", ""}}));
}

TEST(Width, IsTheTerminals) {
  const auto width = [](const StreamFacts& stream, const Variables& variables) {
    return choose(ColourOption::automatic, stream, variables).width;
  };
  EXPECT_EQ(width({true, 132}, {{"COLUMNS", "100"}}), 132);
  EXPECT_EQ(width({true, 0}, {{"COLUMNS", "100"}}), 100);
  EXPECT_EQ(width(pipe, {{"COLUMNS", "100"}}), 100);
  EXPECT_EQ(width(pipe, {{"COLUMNS", "many"}}), 80);
  EXPECT_EQ(width(pipe, {{"COLUMNS", "0"}}), 80);
  EXPECT_EQ(width(pipe, {}), 80);
}

TEST(Terminal, OneThatRewrapsNeedsMoreErased) {
  EXPECT_EQ(erased(0, 80, true), "\r\x1b[K");
  EXPECT_EQ(erased(80, 80, true), "\r\x1b[K");
  EXPECT_EQ(erased(81, 80, true), "\x1b[1A\r\x1b[J");
  EXPECT_EQ(erased(80, 30, true), "\x1b[2A\r\x1b[J");
  EXPECT_EQ(erased(80, 30, false), "\r\x1b[K");
  EXPECT_EQ(erased(80, 0, true), "\r\x1b[K");
  const auto with = [](std::string_view set) {
    return rewraps([set](const std::string& name) {
      return name == set ? std::optional<std::string>("1") : std::nullopt;
    });
  };
  EXPECT_TRUE(with("VTE_VERSION"));
  EXPECT_TRUE(with("TERM_PROGRAM"));
  EXPECT_FALSE(with("XTERM_VERSION"));
}

}  // namespace
}  // namespace tws
