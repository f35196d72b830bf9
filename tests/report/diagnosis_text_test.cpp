#include "tws/report/diagnosis_text.hpp"

#include "report/example_runs.hpp"

#include <gmock/gmock.h>

#include <sstream>

namespace tws {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr TextStyle plain{false, false, 80};

TEST(DiagnosisText, SaysWhatHappenedWhyWhatWasSeenAndWhatToDo) {
  const auto text = diagnosis_text(diagnose(examples::ports_exhausted()), plain);
  EXPECT_THAT(text, HasSubstr("\nVerdict:\n  Limited by"));
  EXPECT_THAT(text, HasSubstr("EADDRNOTAVAIL"));
  EXPECT_THAT(text, HasSubstr("    Why: hammer closed first"));
  EXPECT_THAT(text, HasSubstr("    Seen:\n    - "));
  EXPECT_THAT(
      text, HasSubstr("    What to do:\n    - --wait-drain, and leave out --disable-keepalive: "));
}

TEST(DiagnosisText, NoLineIsWiderThanItMayBe) {
  for (const auto& [name, run] : examples::all()) {
    for (int width : {40, 80, 100}) {
      std::istringstream lines{diagnosis_text(diagnose(run), {false, false, width})};
      for (std::string line; std::getline(lines, line);) {
        // A word that is longer than that stays whole: a path, a sysctl.
        const bool one_word = line.find(' ', line.find_first_not_of(" -")) == std::string::npos;
        if (!one_word) {
          EXPECT_LE(line.size(), static_cast<std::size_t>(width)) << name << ": " << line;
        }
      }
    }
  }
}

TEST(DiagnosisText, HasColoursOnlyWhereTheyAreWanted) {
  const auto diagnosis = diagnose(examples::ports_exhausted());
  EXPECT_THAT(diagnosis_text(diagnosis, plain), Not(HasSubstr("\x1b")));
  EXPECT_THAT(diagnosis_text(diagnosis, {true, false, 80}), HasSubstr("\x1b[31m"));
}

TEST(DiagnosisText, WithoutAFindingThereIsStillAVerdict) {
  const auto text = diagnosis_text(diagnose(examples::nothing()), plain);
  EXPECT_THAT(text, HasSubstr("Nothing was measured"));
  EXPECT_THAT(text, Not(HasSubstr("Seen:")));
}

}  // namespace
}  // namespace tws
