// The pages of tws-server's admin listener.
#pragma once

#include "system/server_view.hpp"
#include "tws/server/admin.hpp"
#include "tws/server/totals.hpp"
#include "tws/support/asio.hpp"

#include <vector>

namespace tws {

// OpenMetrics 1.0 text. Families that can't be known here are left out.
Page metrics_page(const ServerTotals& totals, const ServerView& view);

// JSON, "schema": "tws-server/1"; docs/server.md describes it.
Page census_page(const ServerTotals& totals, const ServerView& view,
                 const std::vector<tcp::endpoint>& listening);

}  // namespace tws
