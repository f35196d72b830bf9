// tws-server in a process of its own, so that its CPU and descriptors are not hammer's.
#pragma once

#include "tws/server/options.hpp"

#include <sys/types.h>

#include <cstdint>

namespace tws::lab {

class ServerProcess {
 public:
  // Listens when this returns. The process ends with this object, and with the thread that made it,
  // whatever ends that. Throws RunError.
  explicit ServerProcess(const ServerOptions& options);
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  std::uint16_t port() const { return port_; }  // of the first address

 private:
  pid_t process_ = -1;
  std::uint16_t port_ = 0;
};

}  // namespace tws::lab
