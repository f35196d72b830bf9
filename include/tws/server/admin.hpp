// The pages of the admin listener. The room `server` writes no text for them; the caller of
// Server::run() supplies them.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace tws {

struct Page {
  std::string_view content_type;
  std::string body;
};

// Called on the admin listener's own thread, while the server works. A missing page is answered
// with 404.
struct AdminPages {
  std::function<Page()> metrics, census;
};

}  // namespace tws
