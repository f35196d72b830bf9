// What tws-server's admin listener shows: the values are gathered here when somebody asks.
#pragma once

#include "tws/server/admin.hpp"
#include "tws/server/server.hpp"

namespace tws {

// The server must outlive them.
AdminPages admin_pages(const Server& server);

}  // namespace tws
