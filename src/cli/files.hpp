// Files named on the command line, and stdout. Result files are opened before the run, so that no
// run is lost because of an unwritable file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tws {

// A file that is either complete or absent: it is written to a temporary file next to it and then
// renamed. Devices and pipes are written to directly.
class OutputFile {
 public:
  // Throws UsageError with `option` if the file can't be written.
  OutputFile(std::string_view option, const std::string& path);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  // Throws RunError if it could not be written completely.
  void write(std::string_view text);

 private:
  std::string option_;
  std::string path_;
  int open();  // 0 or an errno
  void discard();

  std::string temporary_;  // empty: written to directly
  int descriptor_ = -1;
};

// Reads the whole file into `content`. Returns 0 or an errno; EFBIG if it has more than `most`
// bytes.
int read_file(const std::string& path, std::string& content, std::uint64_t most = UINT64_MAX);

// Writes the whole text to a descriptor. Throws RunError with `what`.
void write_all(int descriptor, std::string_view text, std::string_view what);

// Opens /dev/null in place of closed standard streams (`>&-`), so that no other file gets their
// descriptors and receives their output. Writing to them fails, as before.
void hold_standard_streams();

// Writes the whole text to stdout. Throws RunError if that fails.
void print(std::string_view text);

// Writes the line "hammer: TEXT" to stderr. Errors are ignored: stderr may be closed.
void print_note(std::string_view text);

}  // namespace tws
