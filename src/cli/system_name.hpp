#pragma once

#include <sys/utsname.h>

#include <string>

namespace tws {

// "Linux", "Darwin"; empty where it can't be had.
inline std::string system_name() {
  utsname system{};
  return ::uname(&system) == 0 ? system.sysname : "";
}

}  // namespace tws
