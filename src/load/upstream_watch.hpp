// Looks at the connections that the processes which serve a target have to others.
#pragma once

#include "load/looks.hpp"
#include "system/socket_row.hpp"
#include "tws/measure/way.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace tws::load {

class UpstreamWatch {
 public:
  explicit UpstreamWatch(bool wanted) : wanted_(wanted) {}

  void look(const std::vector<int>& processes, std::chrono::nanoseconds elapsed);
  // Nothing if no process that serves could be looked at.
  std::optional<Upstreams> end() const;

 private:
  bool wanted_;
  bool seen_ = false;
  std::set<Endpoint> known_;
  std::map<Endpoint, Upstream> most_;
  Upstreams result_;
  Looks looks_;
};

}  // namespace tws::load
