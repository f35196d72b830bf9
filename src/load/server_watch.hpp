// What is seen of the servers while they are loaded: of those on this machine by their processes,
// or of one on any machine by its admin listener.
#pragma once

#include "load/server_admin.hpp"
#include "system/process.hpp"
#include "tws/measure/run.hpp"
#include "tws/support/asio.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>

namespace tws::load {

// Throws RunError if nothing answers at the URL of --server-admin, or something else than a
// tws-server's admin listener.
void check_server_admin(const std::string& url);

class ServerWatch {
 public:
  explicit ServerWatch(const Plan& plan);

  // Right before the load. Throws RunError if the admin listener answers no more.
  void begin(const std::vector<Target>& targets);
  // Once a second. `on_news` is called, now or later, if there are any of the server's sockets.
  void look(asio::io_context& io, Clock::time_point start, std::function<void()> on_news);
  // Ends what is under way.
  void cancel();
  // Right after the load, which took so long.
  void end(Run& run);
  // Afterwards, for the sockets alone. False where there is no news to be had.
  bool look_again();

  // The server's side, as it was told last; else it stays as it is.
  void tell(Census& census) const;

 private:
  bool take(const ServerAdmin::Answer& answer, double elapsed);
  void end_local(Run& run) const;
  void end_told(Run& run) const;

  struct Watched {
    ProcessUse before;
    std::optional<std::uint64_t> most_open_files;
  };
  std::map<int, Watched> local_;  // by pid: those that listen on a target's port, if here

  std::string url_;
  std::optional<ServerAdmin> admin_;
  bool answers_ = true;  // meaningful after the end
  bool cancelled_ = false;
  ServerView first_, last_;
  ServerSide side_;
  std::optional<std::uint64_t> most_open_files_;
};

}  // namespace tws::load
