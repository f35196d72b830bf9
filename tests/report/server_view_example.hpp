// A server's view with every field set, for the tests of who writes it and of who reads it.
#pragma once

#include "system/server_view.hpp"

namespace tws::examples {

inline ServerView server_view() {
  ServerView view;
  view.version = "0.1.0";
  view.pid = 4711;
  view.uptime = 12.5;
  view.boot = "e6c45e6d-26e3-4381-8e22-aa4a2ba3cab1";
  view.network = "net:[4026531840]";
  view.sockets.emplace();
  view.sockets->server[TcpState::TimeWait] = 16384;
  view.sockets->server[TcpState::Listen] = 2;
  view.sockets->client[TcpState::Established] = 1;
  view.process = ProcessUse{"tws-server", 1234, 3.25, {{4711, 0.25}, {4712, 3}}, 59, 1024};
  view.machine_cpu_seconds = 100.5;
  view.machine_cpus = 4;
  view.counters = {{"TcpExt.ListenOverflows", 7}, {"TcpExt.ListenDrops", 8}, {"Tcp.MaxConn", -1}};
  view.limits.somaxconn = 4096;
  view.limits.syn_backlog = 512;
  view.limits.max_time_wait = 65536;
  return view;
}

}  // namespace tws::examples
