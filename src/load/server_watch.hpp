// Watches the servers during the load: servers on this machine through their processes, or one
// server on any machine through its admin listener.
#pragma once

#include "server_admin.hpp"
#include "tws/measure/run.hpp"
#include "tws/support/asio.hpp"
#include "tws/system/process.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>

namespace tws::load {

// Throws RunError if the URL of --server-admin does not answer, or is not the admin listener of a
// tws-server.
void check_server_admin(const std::string& url);

class ServerWatch {
 public:
  explicit ServerWatch(const Plan& plan);

  // Right before the load. Throws RunError if the admin listener no longer answers.
  void begin(const std::vector<Target>& targets);
  // Once a second. Calls `on_news`, now or later, if there is new data about the server's sockets.
  void look(asio::io_context& io, Clock::time_point start, std::function<void()> on_news);
  // Cancels a query in progress.
  void cancel();
  // Right after the load, when run.seconds is known.
  void end(Run& run);
  // Afterwards, for the sockets only. False if no new data is available.
  bool look_again();

  // Replaces the server's side of a census by the server's latest data, if there is any.
  void tell(Census& census) const;

 private:
  bool take(const ServerAdmin::Answer& answer, double elapsed);
  void end_local(Run& run) const;
  void end_told(Run& run) const;

  struct Watched {
    ProcessUse before;
    std::optional<std::uint64_t> most_open_files;
  };
  std::map<int, Watched> local_;  // by pid: local processes that listen on a target's port

  std::string url_;
  std::optional<ServerAdmin> admin_;
  bool answers_ = true;  // valid after the end
  bool cancelled_ = false;
  ServerView first_, last_;
  ServerSide side_;
  std::optional<std::uint64_t> most_open_files_;
};

}  // namespace tws::load
