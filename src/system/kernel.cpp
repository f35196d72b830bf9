#include "system/kernel.hpp"

#include <sys/utsname.h>

namespace tws {

Kernel read_kernel() {
  utsname system{};
  if (::uname(&system) != 0) return {};
  return {system.sysname, system.release};
}

}  // namespace tws
