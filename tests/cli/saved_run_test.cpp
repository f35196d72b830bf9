#include "cli/saved_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tws {
namespace {

using testing::ElementsAre;

TEST(NamesOfSavedRuns, AreThoseOfTheirFiles) {
  EXPECT_THAT(names_of({"a/monday.json", "tuesday.v2.json", "-"}),
              ElementsAre("monday", "tuesday.v2", "stdin"));
}

TEST(NamesOfSavedRuns, HaveAsManyFoldersAsTellThemApart) {
  EXPECT_THAT(names_of({"a/run.json", "b/run.json"}), ElementsAre("a/run", "b/run"));
  EXPECT_THAT(names_of({"/x/a/run.json", "/y/a/run.json", "b/run.json", "other.json"}),
              ElementsAre("x/a/run", "y/a/run", "b/run", "other"));
  EXPECT_THAT(names_of({"run.json", "./a/../b/run.json"}), ElementsAre("run", "b/run"));
}

TEST(NamesOfSavedRuns, OfTheSameFileAreNumbered) {
  EXPECT_THAT(names_of({"run.json", "run.json", "./run.json"}),
              ElementsAre("run", "run (2)", "run (3)"));
  EXPECT_THAT(names_of({"/a/run.json", "/a/run.txt"}), ElementsAre("run", "run (2)"));
  EXPECT_THAT(names_of({"a/run.json", "b/run.json", "b/run.json", "-", "-"}),
              ElementsAre("a/run", "b/run", "b/run (2)", "stdin", "stdin (2)"));
}

}  // namespace
}  // namespace tws
