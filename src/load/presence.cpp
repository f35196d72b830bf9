// How connections come and go where their number changes over time.
#include "measure/presence.hpp"

#include "load/connection.hpp"

namespace tws::load {

// It comes now, or later.
void Connection::join(Moment now) {
  const auto& stages = shared_.connections;
  const auto start = shared_.books.load_start;
  const auto time = now - start;
  const auto coming = comes(stages, number_, time);
  if (!coming || *coming > time) {
    state_ = State::away;
    moment_ = coming ? start + *coming : io::never;
    return;
  }
  const auto going = goes(stages, number_, time);
  leaves_ = going ? start + *going : io::never;
  ledger_.join(now);
  next(now);
}

// Between two requests.
void Connection::leave(Moment now) {
  close_at_once();
  ledger_.rest(now);
  join(now);
}

}  // namespace tws::load
