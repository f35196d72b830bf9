#include "cli/output.hpp"

#include "report/fit.hpp"
#include "tws/report/diagnosis_text.hpp"
#include "tws/report/json.hpp"
#include "tws/report/text.hpp"
#include "tws/support/errors.hpp"

#include <unistd.h>

namespace tws {

Output::Output(const OutputOptions& options)
    : colour_(options.colour), brief_(options.brief), json_alone_(options.json == "-") {
  if (options.json && !json_alone_) file_.emplace("--json", *options.json);
}

TextStyle Output::style() const {
  auto style = style_of(STDOUT_FILENO, colour_);
  style.brief = brief_;
  return style;
}

void Output::text(std::string_view text) {
  if (!json_alone_) print(fitted(text, style().width));
}

void Output::json(const std::function<boost::json::value()>& make) {
  if (json_alone_) print(pretty(make()) + "\n");
  if (file_) file_->write(pretty(make()) + "\n");
}

void Output::write(const std::function<std::string()>& make_text,
                   const std::function<boost::json::value()>& make_json) {
  std::string lost;
  const auto attempt = [&lost](auto write) {
    try {
      write();
    } catch (const RunError& error) {
      lost += (lost.empty() ? "" : "; ") + std::string(error.what());
    }
  };
  attempt([&] { json(make_json); });
  attempt([&] { text(make_text()); });
  if (!lost.empty()) throw RunError(lost);
}

void Output::report(const Run& run, const Diagnosis& diagnosis) {
  write([&] { return to_text(run, style()) + diagnosis_text(diagnosis, style()); },
        [&] { return to_json(run, diagnosis); });
}

}  // namespace tws
