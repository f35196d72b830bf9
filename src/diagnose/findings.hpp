// One function per finding: nothing where the run does not show it.
#pragma once

#include "tws/diagnose/diagnose.hpp"

#include "facts.hpp"

#include <optional>

namespace tws::diagnosis {

// ports.cpp: what the client's source ports and TIME_WAIT do to a run.
std::optional<Finding> source_ports(const Facts& f);  // ephemeral-ports or time-wait-reuse
std::optional<Finding> port_search(const Facts& f);
std::optional<Finding> time_wait_collision(const Facts& f);
std::optional<Finding> time_wait_overflow(const Facts& f);
std::optional<Finding> harmless_time_wait(const Facts& f);

// machines.cpp: the two ends and what lies between them.
std::optional<Finding> unreachable(const Facts& f);
std::optional<Finding> open_files(const Facts& f);
std::optional<Finding> listen_queue(const Facts& f);
std::optional<Finding> conntrack(const Facts& f);
std::optional<Finding> client_cpu(const Facts& f);
std::optional<Finding> server_cpu(const Facts& f);
std::optional<Finding> server_sequential(const Facts& f);
std::optional<Finding> server_latency(const Facts& f);

// rate.cpp: the plan's own rate.
std::optional<Finding> rate(const Facts& f);

// "127.0.0.1:3779, 127.0.0.1:3780"
std::string targets_of(const Run& run);
// "37%"
std::string percent(double share);

}  // namespace tws::diagnosis
