// The files that a command line names, and stdout. Those for results are opened before there is a
// result, so that none is made in vain.
#pragma once

#include <string>
#include <string_view>

namespace tws {

// A file that is there whole or not at all: written beside its place and then moved there. A path
// that is no plain file (a device, a pipe) is written to directly.
class OutputFile {
 public:
  // Throws UsageError, naming `option`, where it can't be written.
  OutputFile(std::string_view option, const std::string& path);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  // Throws RunError where it could not be written whole.
  void write(std::string_view text);

 private:
  std::string option_;
  std::string path_;
  int open();  // 0 or an errno
  void discard();

  std::string temporary_;  // empty: written to directly
  int descriptor_ = -1;
};

// Reads the whole file into `content`. Returns 0 or an errno.
int read_file(const std::string& path, std::string& content);

// All of it, to a descriptor. Throws RunError that names `what`.
void write_all(int descriptor, std::string_view text, std::string_view what);

// Takes the place of a standard stream that was closed (`>&-`), so that nothing else gets its
// descriptor and is written into. Writing to it is an error, as before.
void hold_standard_streams();

// All of it, to stdout. Throws RunError where it is lost.
void print(std::string_view text);

}  // namespace tws
