#include "cli/saved_run.hpp"

#include "cli/files.hpp"
#include "tws/report/read_run.hpp"
#include "tws/support/errors.hpp"

#include <fmt/format.h>

namespace tws {

Run load_saved_run(const std::string& path) {
  const bool piped = path == "-";
  const std::string name = piped ? "stdin" : path;
  std::string text;
  if (const int error = read_file(piped ? "/dev/stdin" : path, text))
    throw RunError(fmt::format("{}: can't be read: {}", name, errno_text(error)));
  return read_run(text, name);
}

}  // namespace tws
