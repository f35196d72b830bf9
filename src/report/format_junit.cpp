// JUnit XML, as GitLab, Jenkins and others read it. The schema that all of them come from:
// https://github.com/windyroad/JUnit-Schema
#include "report/formats.hpp"
#include "tws/report/outcomes_text.hpp"

#include <fmt/format.h>

#include <unistd.h>

namespace tws {
namespace {

// XML 1.0 has no other control characters than these three, however they are written. An attribute
// keeps its line feeds only as references.
std::string xml(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '&')
      escaped += "&amp;";
    else if (c == '<')
      escaped += "&lt;";
    else if (c == '>')
      escaped += "&gt;";
    else if (c == '"')
      escaped += "&quot;";
    else if (c == '\t' || c == '\n' || c == '\r')
      escaped += fmt::format("&#{};", static_cast<int>(c));
    else
      escaped += static_cast<unsigned char>(c) < ' ' ? '?' : c;
  }
  return escaped;
}

std::string host() {
  std::string name(256, '\0');
  if (::gethostname(name.data(), name.size() - 1) != 0) return "localhost";
  name.resize(name.find('\0'));
  return name.empty() ? "localhost" : name;
}

// A test case; `body` is what stands in it.
std::string test_case(const Reported& of, std::string_view name, const std::string& body) {
  return fmt::format("    <testcase classname=\"{}\" name=\"{}\" time=\"{:.3f}\">{}</testcase>\n",
                     xml(of.name), xml(name), of.run.seconds, body);
}

std::string outcome_case(const Reported& of, const Outcome& outcome) {
  const auto words = xml(outcome_words(outcome));
  std::string body;
  if (outcome.result != Result::pass) {
    const std::string_view element = outcome.result == Result::fail ? "failure" : "error";
    body = fmt::format("<{0} type=\"{1}\" message=\"{2}\">{3}: {2}\n{4}</{0}>", element,
                       name(outcome.result), words, xml(outcome.threshold.text),
                       xml(of.diagnosis.verdict.sentence));
  }
  return test_case(of, outcome.threshold.text, body);
}

std::string property(std::string_view name, std::string_view value) {
  return fmt::format("      <property name=\"{}\" value=\"{}\"/>\n", name, xml(value));
}

std::string suite(const Reported& one, std::size_t id) {
  std::size_t failed = 0, unknown = 0;
  std::string cases;
  for (const Outcome& outcome : one.outcomes) {
    failed += outcome.result == Result::fail;
    unknown += outcome.result == Result::unknown;
    cases += outcome_case(one, outcome);
  }
  const Verdict& verdict = one.diagnosis.verdict;
  cases += test_case(one, "the run measured the server", verdict.valid ? "" : "<skipped/>");
  const auto& environment = one.run.environment;
  const auto& at = environment.started_at;
  return fmt::format(
             "  <testsuite id=\"{}\" package=\"hammer\" name=\"{}\" timestamp=\"{}\" "
             "hostname=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" "
             "time=\"{:.3f}\">\n    <properties>\n",
             id, xml(one.name), at.empty() ? "1970-01-01T00:00:00" : xml(at.substr(0, 19)),
             xml(host()), one.outcomes.size() + 1, failed, unknown, verdict.valid ? 0 : 1,
             one.run.seconds) +
         property("hammer", environment.version) + property("limitedBy", verdict.limited_by) +
         "    </properties>\n" + cases +
         fmt::format(
             "    <system-out>{}</system-out>\n    <system-err></system-err>\n"
             "  </testsuite>\n",
             xml(verdict.sentence));
}

}  // namespace

std::string as_junit(const Reports& reports) {
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
  for (std::size_t i = 0; i < reports.size(); ++i) text += suite(reports[i], i);
  return text + "</testsuites>\n";
}

}  // namespace tws
