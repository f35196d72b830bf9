// What the admin listener shows of the server. `server` has no words of its own for it: whoever
// runs it brings the pages along.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace tws {

struct Page {
  std::string_view content_type;
  std::string body;
};

// Called on the admin listener's own thread, while the server works. One that is missing is 404.
struct AdminPages {
  std::function<Page()> metrics, census;
};

}  // namespace tws
