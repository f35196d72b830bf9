// Takes the censuses of a run.
#pragma once

#include "load/server_watch.hpp"
#include "tws/load/engine.hpp"
#include "tws/system/census.hpp"

#include <cstdint>
#include <optional>

namespace tws::load {

// The sockets towards the targets.
CensusFilter census_filter(const Prepared& prepared);

class SocketWatch {
 public:
  // `servers` corrects the server's side of each census.
  SocketWatch(const Prepared& prepared, ServerWatch& servers);

  // Nothing if the plan has no census, or if the sockets can't be read.
  std::optional<Census> take();
  // The census after the run. It waits a moment for connections that are still closing.
  std::optional<Census> take_last();

  std::uint64_t count() const { return count_; }
  double seconds() const { return seconds_; }  // total time of all censuses

 private:
  const bool wanted_;
  const CensusFilter filter_;
  ServerWatch& servers_;
  std::uint64_t count_ = 0;
  double seconds_ = 0;
};

}  // namespace tws::load
