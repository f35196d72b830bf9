// `hammer --metrics ADDR:PORT`: serves the numbers of the run while it is under way.
#pragma once

#include "report/live_page.hpp"
#include "tws/server/server.hpp"

#include <mutex>
#include <thread>

namespace tws {

class LiveMetrics {
 public:
  // Listens, and says where on stderr. Throws RunError.
  explicit LiveMetrics(const tcp::endpoint& address);
  ~LiveMetrics();
  LiveMetrics(const LiveMetrics&) = delete;
  LiveMetrics& operator=(const LiveMetrics&) = delete;

  void set(LiveRun run);

 private:
  LiveRun get();

  std::mutex mutex_;  // the run's thread sets, the listener's thread gets
  LiveRun run_;
  Server server_;
  std::thread thread_;
};

}  // namespace tws
