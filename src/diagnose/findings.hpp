// One function per finding: nothing where the run does not show it. kinds.hpp has their ids.
#pragma once

#include "diagnose/facts.hpp"
#include "tws/diagnose/diagnose.hpp"

#include <optional>
#include <vector>

namespace tws::diagnosis {

// ports.cpp: what the client's source ports do to a run.
std::optional<Finding> ephemeral_ports(const Facts& f);
std::optional<Finding> time_wait_reuse(const Facts& f);
std::optional<Finding> port_search(const Facts& f);

// port_remedies.cpp: what lifts or moves the ceiling of source ports, as far as this system and
// target can do it. First what has no ceiling, then what is enough for this run, then the rest.
std::vector<Remedy> ways_past_the_ceiling(const Facts& f);
// Those without a ceiling only.
std::vector<Remedy> ways_without_a_ceiling(const Facts& f);

// time_wait.cpp: what that state does besides holding ports.
std::optional<Finding> time_wait_collision(const Facts& f);
std::optional<Finding> time_wait_overflow(const Facts& f);
std::optional<Finding> harmless_time_wait(const Facts& f);
// The table of TIME_WAIT was too small, and for want of it the run met no ceiling.
bool time_wait_was_thrown_away(const Facts& f);

// network.cpp: what lies between the two ends.
std::optional<Finding> unreachable(const Facts& f);
std::optional<Finding> open_files(const Facts& f);
bool hammer_lacks_files(const Facts& f);
std::optional<Finding> listen_queue(const Facts& f);
bool syns_were_lost(const Facts& f);  // listen_queue, and not by a queue of this machine
std::optional<Finding> conntrack(const Facts& f);
std::optional<Finding> connections_not_kept(const Facts& f);

// machines.cpp: the two ends.
std::optional<Finding> client_cpu(const Facts& f);
std::optional<Finding> server_cpu(const Facts& f);
std::optional<Finding> server_sequential(const Facts& f);
std::optional<Finding> server_latency(const Facts& f);
// hammer's threads, or the machine that it runs on, had no CPU left.
bool client_is_full(const Facts& f);
// Others than hammer and the server took most of that machine.
bool others_fill_the_machine(const Facts& f);

// rate.cpp: the plan's own rate.
std::optional<Finding> rate(const Facts& f);

// verdict.cpp
Verdict verdict_of(const Facts& f, const std::vector<Finding>& findings);

}  // namespace tws::diagnosis
