// A server to look at: another program, with processes and threads of its own.
#pragma once

#include "system/process.hpp"
#include "system/serving.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdio>
#include <spawn.h>
#include <stdexcept>
#include <string>
#include <unistd.h>

namespace tws {

// Python that listens, says so, and then does something; ended, with all its children, by us.
class Listener {
 public:
  Listener(const std::string& address, std::uint16_t port, const std::string& then) {
    const std::string program = fmt::format(
        "import os, socket, threading, time\n"
        "s = socket.socket(socket.AF_INET6 if ':' in '{0}' else socket.AF_INET)\n"
        "s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)\n"
        "s.bind(('{0}', {1}))\n"
        "s.listen()\n"
        "child = 0\n"
        "def burn():\n"
        "  end = time.time() + 60\n"
        "  while time.time() < end: pass\n"
        "def say(): print(s.getsockname()[1], child, flush=True)\n"
        "{2}\n",
        address, port, then);
    int pipe_ends[2];
    if (pipe(pipe_ends) != 0) throw std::runtime_error("pipe");
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, pipe_ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&files, pipe_ends[0]);
    posix_spawn_file_actions_addclose(&files, pipe_ends[1]);
    posix_spawnattr_t group;  // of its own, with its children
    posix_spawnattr_init(&group);
    posix_spawnattr_setflags(&group, POSIX_SPAWN_SETPGROUP);
    std::string name = "python3", option = "-c", text = program;
    char* arguments[] = {name.data(), option.data(), text.data(), nullptr};
    const int error = posix_spawnp(&pid_, "python3", &files, &group, arguments, environ);
    posix_spawnattr_destroy(&group);
    posix_spawn_file_actions_destroy(&files);
    close(pipe_ends[1]);
    FILE* output = fdopen(pipe_ends[0], "r");
    unsigned said = 0;
    const int fields = error ? 0 : std::fscanf(output, "%u %d", &said, &child_);
    std::fclose(output);
    port_ = static_cast<std::uint16_t>(said);
    if (error) pid_ = 0;
    EXPECT_EQ(fields, 2) << "python3 does not listen";
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener() {
    if (pid_ <= 0) return;
    kill(-pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

  int pid() const { return pid_; }
  int child() const { return child_; }
  std::uint16_t port() const { return port_; }
  std::vector<int> found_at(const char* address) const {
    return listening_processes({boost::asio::ip::make_address(address), port_});
  }

 private:
  pid_t pid_ = 0;
  int child_ = 0;
  std::uint16_t port_ = 0;
};

inline const std::string idle = "say(); time.sleep(600)";

}  // namespace tws
