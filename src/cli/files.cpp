#include "cli/files.hpp"

#include "report/fit.hpp"
#include "report/terminal.hpp"
#include "tws/support/errors.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <new>
#include <poll.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace tws {
namespace {

// read(2) of a pipe or a terminal can take for ever: if so, one line says what hammer waits for.
ssize_t read_patiently(int descriptor, char* to, std::size_t size, const std::string& path,
                       bool& told) {
  constexpr int patience = 1000;  // milliseconds
  for (;;) {
    pollfd source{descriptor, POLLIN, 0};
    if (!told && ::poll(&source, 1, patience) == 0) {
      print_note(fmt::format("waiting for '{}': nothing to read there yet", path));
      told = true;
    }
    if (told) ::poll(&source, 1, -1);
    const ssize_t count = ::read(descriptor, to, size);
    if (count >= 0 || (errno != EAGAIN && errno != EINTR)) return count;
  }
}

}  // namespace

OutputFile::OutputFile(std::string_view option, const std::string& path)
    : option_(option), path_(path) {
  struct stat info {};
  const bool exists = ::stat(path.c_str(), &info) == 0;
  int error = path.empty() ? ENOENT : 0;
  if (exists && S_ISDIR(info.st_mode)) error = EISDIR;
  // The file may be write-protected even if the folder is writable.
  if (!error && exists && ::access(path.c_str(), W_OK) != 0) error = errno;
  if (!error) {
    const bool direct = exists && !S_ISREG(info.st_mode);
    if (!direct) temporary_ = fmt::format("{}.{}.part", path, ::getpid());
    error = open();
    // This only tests whether the file can be written. A program that is killed later leaves no
    // file behind.
    if (!error && !direct) discard();
  }
  if (error)
    throw UsageError(fmt::format("{}: '{}' can't be written: {}", option, path, errno_text(error)));
}

OutputFile::~OutputFile() {
  discard();
}

int OutputFile::open() {
  const auto& path = temporary_.empty() ? path_ : temporary_;
  constexpr int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
  descriptor_ = ::open(path.c_str(), flags | O_NONBLOCK, 0666);
  if (descriptor_ < 0 && errno == ENXIO && std::filesystem::is_fifo(path)) {
    print_note(fmt::format("{}: waiting for a reader of '{}'", option_, path));
    descriptor_ = ::open(path.c_str(), flags, 0666);
  }
  if (descriptor_ < 0) return errno;
  ::fcntl(descriptor_, F_SETFL, ::fcntl(descriptor_, F_GETFL) & ~O_NONBLOCK);
  return 0;
}

void OutputFile::discard() {
  if (descriptor_ < 0) return;
  ::close(std::exchange(descriptor_, -1));
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void OutputFile::write(std::string_view text) {
  const auto fail = [&](int error) {
    throw RunError(
        fmt::format("{}: '{}' could not be written: {}", option_, path_, errno_text(error)));
  };
  if (descriptor_ < 0)
    if (const int error = open()) fail(error);
  write_all(descriptor_, text, fmt::format("{}: '{}'", option_, path_));
  // Some file systems report a lack of space only now.
  if (!temporary_.empty() && std::rename(temporary_.c_str(), path_.c_str()) != 0) fail(errno);
  if (::close(std::exchange(descriptor_, -1)) != 0) fail(errno);
}

int read_file(const std::string& path, std::string& content, std::uint64_t most) try {
  // Without O_NONBLOCK, open(2) waits for the writer of a pipe.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return errno;
  // Parts, since one string that grows is held twice whenever it does.
  constexpr std::size_t part_size = std::size_t{1} << 20;
  std::vector<std::string> parts;
  std::uint64_t total = 0;
  ssize_t size = 1;
  bool told = false;
  while (size > 0 && total <= most) {
    std::string& part = parts.emplace_back(part_size, '\0');
    std::size_t filled = 0;
    while (filled < part_size && (size = read_patiently(descriptor, part.data() + filled,
                                                        part_size - filled, path, told)) > 0)
      filled += static_cast<std::size_t>(size);
    part.resize(filled);
    total += filled;
  }
  const int error = size < 0 ? errno : total > most ? EFBIG : 0;
  ::close(descriptor);
  if (error != 0) return error;
  content.reserve(total);
  for (std::string& part : parts) content += std::exchange(part, {});
  return 0;
} catch (const std::bad_alloc&) {
  return ENOMEM;
}

void write_all(int descriptor, std::string_view text, std::string_view what) {
  while (!text.empty()) {
    const ssize_t size = ::write(descriptor, text.data(), text.size());
    if (size >= 0)
      text.remove_prefix(static_cast<std::size_t>(size));
    else if (errno != EINTR)
      throw RunError(fmt::format("{} could not be written: {}", what, errno_text(errno)));
  }
}

void hold_standard_streams() {
  int descriptor = 0;
  // open(2) returns the lowest free descriptor.
  while ((descriptor = ::open("/dev/null", O_RDONLY)) >= 0 && descriptor <= STDERR_FILENO) continue;
  if (descriptor >= 0) ::close(descriptor);
}

void print(std::string_view text) {
  write_all(STDOUT_FILENO, text, "stdout");
}

void print_note(std::string_view text) {
  auto line = fmt::format("hammer: {}\n", text);
  if (is_terminal(STDERR_FILENO))
    line = fitted(line, style_of(STDERR_FILENO, ColourOption::never).width);
  static_cast<void>(!::write(STDERR_FILENO, line.data(), line.size()));
}

}  // namespace tws
