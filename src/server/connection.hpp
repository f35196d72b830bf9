// An accepted connection: its input and output, its time-outs, and its end.
#pragma once

#include "io/coroutine.hpp"
#include "io/transport.hpp"
#include "tws/support/asio.hpp"

#include <boost/intrusive/list.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace tws::server {

struct Worker;

enum class ClosedBy { server, client, reset };

// Owns the descriptor of an accepted connection until release().
class Accepted {
 public:
  explicit Accepted(int descriptor) : descriptor_(descriptor) {}
  Accepted(Accepted&& other) noexcept : descriptor_(other.release()) {}
  Accepted& operator=(Accepted&&) = delete;
  ~Accepted() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  int release() { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_;
};

// It is in its worker's list while it lives. The destructor counts its end, so that every accepted
// connection is counted under exactly one ClosedBy.
struct Connection : boost::intrusive::list_base_hook<> {
  Connection(Accepted accepted, Worker& of);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Worker& worker;
  io::Transport transport;
  Clock::time_point deadline = Clock::time_point::max();  // of the current wait
  ClosedBy closed_by = ClosedBy::server;
  std::uint64_t requests = 0;
  std::uint64_t handed_over = 0;  // bytes given to the kernel; the FIN counts as one
  std::uint64_t taken = 0;        // how many of them were acknowledged: see expect_progress
  bool idle = false;              // waits for the first byte of a request
  bool is_reading = false;        // idle, but its client has not received all of the last response
  bool expired = false;           // the deadline has passed
  bool cut = false;               // the drain is over
  bool end_is_due = false;        // send_end() found no room for the close_notify of TLS
};

// Sets the time for the waits that follow; 0: no limit.
void give_time(Connection& connection, std::chrono::nanoseconds time);

// To be called after a wait: the error that ended the connection or the wait, if any.
// asio::error::timed_out: see `expired`; operation_aborted: see `cut`.
error_code after_wait(Connection& connection, int error);

// Notes an end that the client caused.
void note_end(Connection& connection, error_code ec);

// Receives into the worker's buffer. No bytes and no error: there is nothing yet.
std::string_view receive(Connection& connection, std::size_t most, error_code& ec);

// Sends as many bytes as the kernel takes at once. `last`: see io::Transport::send.
std::size_t send_some(Connection& connection, std::string_view bytes, error_code& ec,
                      bool last = false);

// Starts the time in which the client must acknowledge the next 64 KiB, or all of the rest.
void expect_progress(Connection& connection);

// Instead of after_wait(), while the client must acknowledge bytes. If the client acknowledged
// enough when the time is over, the time starts again. Otherwise the connection is closed by RST,
// because the kernel would keep the unsent bytes for minutes.
error_code after_wait_for_progress(Connection& connection, int error);

// To be called after a wait of an idle connection. True if its time was over and starts again,
// because the client has not received all of its last response.
bool is_still_reading(Connection& connection);

// Gives all bytes to the kernel, or ends with an error. `last`: see send_some.
io::Task<error_code> send(Connection& connection, std::string bytes, bool last = false);
io::Task<error_code> send_filler(Connection& connection, std::uint64_t size);

// A connection is closed in stages (RFC 9112 9.6): with unread bytes, close() alone would send RST
// and discard unsent bytes.
//
// Called when the last response was given to the kernel: sends the FIN, unless the client is to
// close.
struct Ending {
  error_code ec;        // set if the connection has failed
  bool linger = false;  // wait for the client's FIN before close()
};
Ending begin_end(Connection& connection, bool more_will_come);

// Whether all of the last response and the end behind it are on the wire.
bool is_sent(const Connection& connection);

// Waits until the client has acknowledged all bytes.
io::Task<error_code> wait_until_taken(Connection& connection);

// Waits for the client's FIN, with a time limit.
io::Task<> linger(Connection& connection);

}  // namespace tws::server
