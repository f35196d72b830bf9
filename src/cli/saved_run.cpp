#include "cli/saved_run.hpp"

#include "cli/files.hpp"
#include "tws/report/read_run.hpp"
#include "tws/support/errors.hpp"

#include <fmt/format.h>

namespace tws {

Run load_saved_run(const std::string& path) {
  std::string text;
  if (const int error = read_file(path, text))
    throw RunError(fmt::format("{}: can't be read: {}", path, errno_text(error)));
  return read_run(text, path);
}

}  // namespace tws
