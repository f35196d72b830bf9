// How large the head of a request may be.
#pragma once

#include <cstddef>

namespace tws {

struct HeadLimits {
  std::size_t target = 8 * 1024;  // bytes; RFC 9112 3 wants 8,000 at least for the whole line
  std::size_t head = 16 * 1024;   // bytes, from the method to the empty line
  std::size_t fields = 100;       // lines
};

}  // namespace tws
