// Runs made by hand, plain ones that a test changes.
#pragma once

#include "tws/diagnose/diagnose.hpp"

#include <cerrno>
#include <string>

namespace tws::diagnosis {

using namespace std::chrono_literals;

inline std::string limited_by(const Run& run) {
  return diagnose(run).verdict.limited_by;
}

inline const Finding* find(const Diagnosis& diagnosis, const std::string& id) {
  for (const auto& finding : diagnosis.findings)
    if (finding.id == id) return &finding;
  return nullptr;
}

// A plain run: 10 s, 50 connections, nothing special.
inline Run plain() {
  Run run;
  run.plan.urls = {"http://192.0.2.1:80/"};
  run.plan.duration = 10s;
  run.environment.os = "Linux";
  run.environment.cpus = 4;
  run.targets = {{"http://192.0.2.1:80/", "192.0.2.1:80", {}}};
  run.seconds = 10;
  run.limits.ports = PortRange{49152, 65535};
  run.limits.usable_ports = 16384;
  run.limits.time_wait_seconds = 60;
  run.limits.open_files = 64;
  run.tally.attempts_started = run.tally.attempts_connected = 50;
  run.tally.responses_by_status[200] = 1000;
  for (int i = 0; i < 1000; ++i) run.tally.latency.record(1ms);
  for (int i = 0; i < 50; ++i) run.tally.connect.record(100us);
  run.cpu.busy = 0.6;
  run.cpu.busiest_thread = 0.6;
  return run;
}

// All 16,384 ports used after 2 s of 10, with a client that has CPU to spare.
inline Run out_of_ports() {
  Run run = plain();
  run.plan.requests_per_connection = 1;
  run.plan.close_by = CloseBy::client;
  run.plan.port_range = PortRange{49152, 65535};
  run.limits.reuse = TimeWaitReuse::Off;
  run.limits.reuse_delay_seconds = 1;
  run.tally.attempts_started = 18'384;
  run.tally.attempts_connected = run.tally.responses_by_status[200] = 16'384;
  run.tally.attempts_failed[EADDRNOTAVAIL] = {2'000, 2s};
  run.tally.time_in_phase[index(Phase::backoff)] = 390s;
  run.cpu.busy = run.cpu.busiest_thread = 0.05;
  run.sockets_after.emplace();
  run.sockets_after->client_ports = 16'384;
  run.sockets_after->client[TcpState::TimeWait] = 16'384;
  return run;
}

// The same to the kernel's choice of port: half of the range in 0.8 s, then 800 per second.
inline Run searching() {
  Run run = out_of_ports();
  run.plan.port_range.reset();
  run.tally.attempts_failed.clear();
  run.tally.time_in_phase = {};
  run.tally.attempts_started = run.tally.attempts_connected = 15'552;
  run.tally.time_in_connect_call = 9s;
  run.tally.connect.record(20us);
  for (int i = 1; i < 15'552; ++i) run.tally.connect.record(580us);
  run.sockets_after->client_ports = 15'552;
  for (int i = 1; i <= 100; ++i) {
    Sample sample;
    sample.t = i / 10.0;
    sample.requests = i <= 8 ? 1'024 : 80;
    run.timeline.push_back(sample);
  }
  return run;
}

// On loopback, where ports come back after 1 s.
inline Run reusing() {
  Run run = out_of_ports();
  run.targets = {{"http://127.0.0.1:80/", "127.0.0.1:80", {}}};
  run.limits.reuse = TimeWaitReuse::Loopback;
  run.tally.attempts_failed[EADDRNOTAVAIL] = {500, 800ms};
  run.tally.attempts_connected = run.tally.responses_by_status[200] = 163'840;
  return run;
}

// A server that closes after each response although it was asked to keep the connection.
inline Run not_kept() {
  Run run = plain();
  run.tally.attempts_started = run.tally.attempts_connected = 1'000;
  run.tally.closed_by_server = 1'000;
  return run;
}

}  // namespace tws::diagnosis
