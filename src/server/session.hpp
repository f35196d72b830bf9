// One connection, from its first byte to its last.
#pragma once

#include "worker.hpp"

namespace tws::server {

// Takes an accepted descriptor. Answers requests in the order of their arrival until one side ends the
// connection; then closes it in such a way that the client gets the last response.
io::Task<> serve(int descriptor, Worker& worker);

}  // namespace tws::server
