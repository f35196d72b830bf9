// What machines.cpp sees of who was busy, for the findings of busy.cpp.
#pragma once

#include "diagnose/findings.hpp"

namespace tws::diagnosis {

// Of a core, or of all: what is always running or ready. The rest goes to the kernel's own work
// and, on a virtual machine, to its neighbours.
inline constexpr double full_thread = 0.85, full_machine = 0.85;
inline constexpr double share_of_little = 0.05;  // of the machine's cores

bool all_cores_are_busy(const Facts& f);  // of hammer's machine
bool client_is_busy(const Facts& f);      // with all threads
double busy_servers(const Facts& f);      // in cores of this machine
double cores_of_servers(const Facts& f);  // that they may run on; 0 where it is not known
bool servers_fill_their_cores(const Facts& f);
bool a_thread_is_full(const Facts& f);  // of the server, and requests wait for it
// A process whose threads use one core together, and none of them a full one: only one of them runs
// at a time, as under the interpreter's lock of Python or Ruby. Null if there is none.
const ProcessCpu* runs_one_thread_at_a_time(const Facts& f);
// The server's CPU is busy, and that alone need not be the limit: the busy thread may do something
// else, or the sum of several may be one core by chance.
bool busy_may_be_chance(const Facts& f);
// Of the server's machine, if it is another one and known.
bool other_machine_is_full(const Facts& f);
void add_machine_evidence(const Facts& f, std::vector<Evidence>& evidence);

// handshakes.cpp: says so where handshakes of TLS are much of the connections' time.
void add_handshakes(const Facts& f, Finding& finding);

}  // namespace tws::diagnosis
