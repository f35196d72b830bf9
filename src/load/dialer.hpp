// Chooses target, source address and port of each attempt.
#pragma once

#include "load/job.hpp"
#include "load/source_ports.hpp"

#include <cstdint>
#include <optional>

namespace tws::load {

class Dialer {
 public:
  // Worker `first` of `step`: each worker uses all targets and sources, and begins with another
  // one.
  Dialer(const Job& job, std::uint64_t first, std::uint64_t step);

  struct Dialed {
    const Target* target;
    int descriptor;  // or -errno
  };
  // To the next target, or to this one.
  Dialed dial(const Target* only = nullptr);

  // To be called for each new connection. True: its target has no TCP time stamps, so hammer can't
  // take over ports in TIME_WAIT (RFC 6191), and the kernel chooses ports from now on.
  bool gives_up_own_ports(int descriptor);

 private:
  int dial_from_own_ports(const Target& target);

  const Job& job_;
  std::uint64_t next_;
  std::uint64_t connected_ = 0;
  std::optional<SourcePorts> own_ports_;  // --ports rotate
};

}  // namespace tws::load
