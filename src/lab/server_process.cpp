#include "lab/server_process.hpp"

#include "tws/server/server.hpp"
#include "tws/support/errors.hpp"

#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <sys/wait.h>

#include <cerrno>
#include <exception>
#include <signal.h>
#include <unistd.h>

namespace tws::lab {
namespace {

// The child process.
[[noreturn]] void serve(const ServerOptions& options, pid_t parent, int to_parent) {
#ifdef __linux__
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::prctl(PR_SET_NAME, "tws-server");
#endif
  if (::getppid() != parent) ::_exit(1);  // the parent ended before the child could watch it
  // A terminal sends Ctrl-C to both processes; hammer must end its run first.
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) ::signal(number, SIG_IGN);
  try {
    Server server(options);
    const std::uint16_t port = server.addresses().front().port();
    if (::write(to_parent, &port, sizeof port) != sizeof port) ::_exit(1);
    ::close(to_parent);
    server.run();
  } catch (const std::exception&) {
  }
  ::_exit(1);
}

}  // namespace

ServerProcess::ServerProcess(const ServerOptions& options) {
  int ends[2];
  if (::pipe(ends) != 0) throw RunError("tws-server: pipe: " + errno_text(errno));
  const pid_t parent = ::getpid();
  process_ = ::fork();
  if (process_ == 0) {
    ::close(ends[0]);
    serve(options, parent, ends[1]);
  }
  const int error = process_ < 0 ? errno : 0;
  ::close(ends[1]);
  const bool listens = !error && ::read(ends[0], &port_, sizeof port_) == sizeof port_;
  ::close(ends[0]);
  if (error) throw RunError("tws-server: fork: " + errno_text(error));
  if (!listens) {
    ::waitpid(process_, nullptr, 0);
    throw RunError("tws-server could not listen");
  }
}

ServerProcess::~ServerProcess() {
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
}

}  // namespace tws::lab
