// Gives files to a fuzz target, one after the other; it is how crashes that were kept are tests,
// with any compiler. Ends with 77, which ctest calls skipped, if there is no file at all.
//
// usage: TARGET_replay FILE-OR-DIRECTORY...
#include "target.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

namespace {

void replay(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  // If it crashes, the line says with what.
  std::printf("%s, %zu bytes\n", path.c_str(), bytes.size());
  std::fflush(stdout);
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

}  // namespace

int main(int argc, char** argv) {
  constexpr int skipped = 77;
  int files = 0;
  for (int i = 1; i < argc; ++i) {
    const std::filesystem::path path = argv[i];
    if (std::filesystem::is_regular_file(path)) {
      replay(path);
      ++files;
    } else if (std::filesystem::is_directory(path)) {
      for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
        if (!entry.is_regular_file()) continue;
        replay(entry.path());
        ++files;
      }
    } else {
      std::printf("skipped: %s is not there\n", path.c_str());
    }
  }
  return files > 0 ? 0 : skipped;
}
