#include "tws/report/diagnosis_text.hpp"

#include "report/paint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

namespace tws {
namespace {

constexpr int widest_text = 100;  // columns; longer lines are hard to read

// The words of `text` on lines of at most `width` columns, the first begun with `first`, the others
// with as many spaces.
std::string wrapped(std::string_view first, const std::string& text, int width) {
  std::istringstream words{text};
  const std::string margin(first.size(), ' ');
  std::string result, line;
  for (std::string word; words >> word;) {
    const auto length = margin.size() + columns(line) + 1 + columns(word);
    if (!line.empty() && length > static_cast<std::size_t>(width)) {
      result += fmt::format("{}{}\n", result.empty() ? first : margin, line);
      line.clear();
    }
    line = line.empty() ? word : fmt::format("{} {}", line, word);
  }
  return result + fmt::format("{}{}\n", result.empty() ? first : margin, line);
}

Colour colour_of(Severity severity) {
  switch (severity) {
    case Severity::limit:
      return Colour::red;
    case Severity::warning:
      return Colour::yellow;
    case Severity::note:
      return Colour::green;
  }
  return Colour::yellow;
}

std::string finding_text(const Finding& finding, const TextStyle& style, int width) {
  const auto title =
      finding.severity == Severity::note
          ? std::string(name(finding.severity))
          : fmt::format("{}: {}{}", name(finding.severity), finding.id,
                        finding.certainty == Certainty::possible ? " (possible)" : "");
  std::string text = fmt::format("\n  {}\n", paint(title, colour_of(finding.severity), style));
  text += wrapped("    ", finding.headline, width);
  if (!finding.why.empty()) text += wrapped("    ", fmt::format("Why: {}", finding.why), width);
  if (!finding.remedies.empty()) text += "    What to do:\n";
  for (const Remedy& one : finding.remedies)
    text += wrapped("    - ",
                    fmt::format("{}: {}{}{}", one.action, one.effect,
                                one.measured.empty() ? "" : "; measured: ", one.measured),
                    width);
  if (!finding.evidence.empty()) text += "    Seen:\n";
  for (const Evidence& one : finding.evidence)
    text += wrapped("    - ", fmt::format("{}: {} ({})", one.what, one.value, one.source), width);
  return text;
}

}  // namespace

std::string diagnosis_text(const Diagnosis& diagnosis, const TextStyle& style) {
  const int width = std::clamp(style.width, 40, widest_text);
  std::string text = "\nVerdict:\n";
  const auto& verdict = diagnosis.verdict;
  text += wrapped("  ", verdict.sentence, width);
  if (style.brief) return text;
  for (std::size_t i = 0; diagnosis.stages.size() > 1 && i < diagnosis.stages.size(); ++i)
    text += wrapped(fmt::format("  Stage {}: ", i + 1), diagnosis.stages[i].sentence, width);
  if (diagnosis.stages.size() > 1 && !diagnosis.findings.empty())
    text += fmt::format("\n  Findings of stage {}:\n", *diagnosis.stage + 1);
  for (const Finding& finding : diagnosis.findings) text += finding_text(finding, style, width);
  return text;
}

}  // namespace tws
