// The beginning of a connection on a listener with TLS.
#pragma once

#include "server/connection.hpp"

#include <string>

namespace tws::server {

enum class Handshake {
  complete,
  plain_text,  // the client speaks HTTP without TLS; nothing was read yet
  ended        // so has the connection, and its end is noted
};

// The head's time limit holds for all of it, also for a client that sends nothing.
io::Task<Handshake> shake_hands(Connection& connection);

// The first few bytes that are here, which stay unread. None and no error: there are none yet.
std::string first_bytes(const io::Transport& transport, error_code& ec);

}  // namespace tws::server
