// `hammer explain`: reading a saved run. What is no run is told in the one way that read_run
// promises; what is one can be diagnosed and printed, and saving it loses nothing.
#include "target.hpp"
#include "tws/diagnose/diagnose.hpp"
#include "tws/report/diagnosis_text.hpp"
#include "tws/report/json.hpp"
#include "tws/report/read_run.hpp"
#include "tws/report/text.hpp"
#include "tws/support/errors.hpp"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

namespace {

using namespace tws;
using fuzz::require;

std::optional<Run> read(std::string_view text) {
  try {
    return read_run(text, "run.json");
  } catch (const RunError& error) {
    require(std::string_view(error.what()).starts_with("run.json: "), "an error names the file");
    return {};
  }
}

std::string save(const Run& run) {
  return pretty(to_json(run, diagnose(run)));
}

std::string explain(const Run& run) {
  const TextStyle style;
  return to_text(run, style) + diagnosis_text(diagnose(run), style);
}

void require_same(const std::string& first, const std::string& second) {
  if (first == second) return;
  const auto at =
      static_cast<std::size_t>(std::ranges::mismatch(first, second).in1 - first.begin());
  const auto from = first.rfind('\n', at) + 1;
  std::fprintf(stderr, "%.300s\n%.300s\n", first.c_str() + from, second.c_str() + from);
  require(false, "saved and read it is the same");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto run = read({reinterpret_cast<const char*>(data), size});
  if (!run) return 0;
  const std::string saved = save(*run);
  const auto again = read(saved);
  require(again.has_value(), "what was saved can be read");
  require_same(saved, save(*again));
  require_same(explain(*run), explain(*again));
  return 0;
}
