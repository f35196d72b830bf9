// The kernel that this program runs on.
#pragma once

#include <string>

namespace tws {

// From uname(2); both are empty if it fails.
struct Kernel {
  std::string name;     // "Linux", "Darwin"
  std::string release;  // "6.18.44"
};

Kernel read_kernel();

}  // namespace tws
