#include "cli/same_file.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <filesystem>
#include <system_error>
#include <unistd.h>

namespace tws {
namespace {

std::string by_inode(const struct stat& info) {
  return fmt::format("inode {}:{}", info.st_dev, info.st_ino);
}

}  // namespace

std::string identity_of(const std::string& path) {
  struct stat info {};
  if (path == "-") return path;
  if (::stat(path.c_str(), &info) == 0) return by_inode(info);
  std::error_code error;
  const auto absolute = std::filesystem::absolute(path, error);
  if (error) return path;
  const auto real = std::filesystem::weakly_canonical(absolute, error);
  return error ? absolute.lexically_normal().string() : real.string();
}

std::string identity_of_stdout() {
  struct stat info {};
  const bool is_file = ::fstat(STDOUT_FILENO, &info) == 0 && S_ISREG(info.st_mode);
  return is_file ? by_inode(info) : "-";
}

}  // namespace tws
