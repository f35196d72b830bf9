// One connection, from its first byte to its last.
#pragma once

#include "server/worker.hpp"

namespace tws::server {

// Answers requests in order until one side ends the connection, then closes it so that the client
// gets the last response.
io::Task<> serve(Accepted accepted, Worker& worker);

}  // namespace tws::server
