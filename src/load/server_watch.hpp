// Watches the servers during the load: servers on this machine through their processes, or one
// server on any machine through its admin listener.
#pragma once

#include "load/server_admin.hpp"
#include "system/process.hpp"
#include "system/serving.hpp"
#include "tws/measure/run.hpp"
#include "tws/support/asio.hpp"
#include "tws/system/cgroup.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

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

  // The processes that serve a target, if here.
  std::vector<int> watched() const;

  // Replaces the server's side of a census by the server's latest data, if there is any.
  void tell(Census& census) const;

 private:
  struct Watched {
    ProcessUse before;
    double since = 0;  // it was seen first; 0 if it was there at the start or began after it
    ProcessUse last{};
    bool ended = false;
    std::optional<std::uint64_t> most_open_files{};
  };

  void watch(const std::vector<int>& processes, double elapsed);
  void look_for_others(double elapsed);
  bool take(const ServerAdmin::Answer& answer, double elapsed);
  void end_local(Run& run);
  double used_by_ended_children(int parent) const;
  void end_told(Run& run) const;

  std::map<int, Watched> local_;  // by pid: those that serve a target, if here
  std::vector<std::uint16_t> ports_;
  std::vector<std::optional<std::uint64_t>> backlogs_;  // target by target
  std::map<std::string, CpuQuota> quotas_;              // when first seen, by setting
  std::uint64_t began_ = 0;                             // in ticks since boot
  double spent_ = 0;                                    // on looking, in seconds

  std::string url_;
  std::optional<ServerAdmin> admin_;
  bool answers_ = true;  // valid after the end
  bool cancelled_ = false;
  ServerView first_, last_;
  ServerSide side_;
  std::optional<std::uint64_t> most_open_files_;
};

}  // namespace tws::load
