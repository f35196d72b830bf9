#include "diagnose/kinds.hpp"

#include "report/example_runs.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <set>

namespace tws::diagnosis {
namespace {

TEST(Kinds, EachIsThereOnceAndNoneIsTheLast) {
  const auto ids = finding_ids();
  EXPECT_EQ(std::set(ids.begin(), ids.end()).size(), ids.size());
  EXPECT_EQ(ids.back(), "none");
}

TEST(Kinds, WhatLimitsHasWordsForIt) {
  for (const Kind& kind : kinds()) {
    const bool is_verdict = kind.can_be(Severity::limit) || kind.id == "none";
    EXPECT_EQ(kind.limit.words.empty(), !is_verdict) << kind.id;
    EXPECT_EQ(kind.other.words.empty(), kind.is_other == nullptr) << kind.id;
  }
}

TEST(Kinds, AVerdictIsOneOfThem) {
  for (const auto& [name, run] : examples::all())
    EXPECT_THAT(verdict_ids(), testing::Contains(diagnose(run).verdict.limited_by)) << name;
}

// The documentation has a row, or a paragraph, for each of them and for nothing else.
TEST(Kinds, AreThoseOfTheDocumentation) {
  std::ifstream file(TWS_SOURCE "/docs/verdict.md");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const std::regex row("\n(\\| )?`([a-z-]+)`");
  std::set<std::string> told;
  for (std::sregex_iterator it(text.begin(), text.end(), row), end; it != end; ++it)
    told.insert((*it)[2]);
  const auto ids = finding_ids();
  EXPECT_EQ(told, std::set<std::string>(ids.begin(), ids.end()));
}

}  // namespace
}  // namespace tws::diagnosis
