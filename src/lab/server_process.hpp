// tws-server in a separate process, so that it has its own CPU times and descriptors.
#pragma once

#include "tws/server/options.hpp"

#include <sys/types.h>

#include <cstdint>

namespace tws::lab {

class ServerProcess {
 public:
  // The server listens when the constructor returns. The process ends with this object, or with the
  // thread that made it. Throws RunError.
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
