// The pages of tws-server's admin listener; their values are collected at each request.
#pragma once

#include "tws/server/admin.hpp"
#include "tws/server/server.hpp"

namespace tws {

// `server` must outlive the pages.
AdminPages admin_pages(const Server& server);

}  // namespace tws
