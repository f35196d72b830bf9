#include "cli/saved_run.hpp"

#include "cli/files.hpp"
#include "tws/diagnose/diagnose.hpp"
#include "tws/report/diagnosis_text.hpp"
#include "tws/report/json.hpp"
#include "tws/report/read_run.hpp"
#include "tws/report/text.hpp"
#include "tws/support/errors.hpp"

#include <fmt/format.h>

namespace tws {

Run load_saved_run(const std::string& path) {
  std::string text;
  if (const int error = read_file(path, text))
    throw RunError(fmt::format("{}: can't be read: {}", path, errno_text(error)));
  return read_run(text, path);
}

void write_report(const Run& run, Output& output) {
  const Diagnosis diagnosis = diagnose(run);
  output.write(
      [&] { return to_text(run, output.style()) + diagnosis_text(diagnosis, output.style()); },
      [&] { return to_json(run, diagnosis); });
}

}  // namespace tws
