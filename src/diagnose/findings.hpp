// One function per finding: nothing where the run does not show it. kinds.hpp has their ids.
#pragma once

#include "diagnose/facts.hpp"
#include "tws/diagnose/diagnose.hpp"
#include "tws/diagnose/trials.hpp"

#include <optional>
#include <vector>

namespace tws::diagnosis {

// ports.cpp: what the client's source ports do to a run.
std::optional<Finding> ephemeral_ports(const Facts& f);
std::optional<Finding> time_wait_reuse(const Facts& f);
std::optional<Finding> port_search(const Facts& f);
// "1,000", or with more source addresses or targets "6,000 (1,000 ports x 6 source addresses)"
std::string tuples_text(const Facts& f);
// Seconds from one connection of a port to the next, at least: it is open, then held.
double port_cycle(const Facts& f);

// handshakes.cpp: TLS takes most of the time, and nobody's CPU is busy.
std::optional<Finding> tls_handshake(const Facts& f);

// port_remedies.cpp: what lifts or moves the ceiling of source ports, as far as this system and
// target can do it. First what has no ceiling, then what is enough for this run, then the rest.
std::vector<Remedy> ways_past_the_ceiling(const Facts& f);
// Where --ports rotate finds its ports taken.
bool ports_are_taken(const Facts& f);
// Those without a ceiling only.
std::vector<Remedy> ways_without_a_ceiling(const Facts& f);

// port_trials.cpp: they have the run's plan, but for what they try.
void add_port_trials(const Facts& f, const Plan& plan, std::uint32_t seed, Trials& trials);

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
// Times that an accept queue was full which can be the server's.
std::int64_t server_overflows(const Facts& f);
bool syns_were_lost(const Facts& f);  // listen_queue, and not by a queue of this machine
std::optional<Finding> conntrack(const Facts& f);
std::optional<Finding> connections_not_kept(const Facts& f);

// outcome.cpp: whether the load got through.
// Of what was asked. Beyond it the run did not measure the server doing that.
inline constexpr double lost_share_that_limits = 0.01;
bool load_got_through(const Facts& f);  // 99 % of it, on 99 % of the connections
std::optional<Finding> server_gone(const Facts& f);
std::optional<Finding> wrong_protocol(const Facts& f);
// The answers are HTTP/1.1, and it is open where they end.
bool answers_with_mistakes(const Facts& f);
std::optional<Finding> failures(const Facts& f);
std::optional<Finding> refusals(const Facts& f);

// stall.cpp: those who wait.
std::optional<Finding> starved(const Facts& f);
std::optional<Finding> stall(const Facts& f);

// drift.cpp: what hides behind a mean.
std::optional<Finding> drift(const Facts& f);
std::optional<Finding> unequal_latency(const Facts& f);

// service.cpp: how the server answers.
std::optional<Finding> server_keeps_open(const Facts& f);
std::optional<Finding> server_sequential(const Facts& f);
std::optional<Finding> fixed_concurrency(const Facts& f);
std::optional<Finding> slow_body(const Facts& f);
std::optional<Finding> server_latency(const Facts& f);

// Requests that were served at the same time, as many times the rate of one connection (--prove).
std::optional<double> served_at_once(const Facts& f);

// upstream.cpp: what a server that is a proxy lacks towards its own.
std::optional<Finding> upstream_ports(const Facts& f);

// bandwidth.cpp: a link or a TCP window that is full.
std::optional<Finding> bandwidth(const Facts& f);
bool way_is_full(const Facts& f);          // either
bool link_is_full(const Facts& f);         // then it may drop packets
bool server_reads_slowly(const Facts& f);  // what is sent to it: the window is full
// The sockets of both ends were looked at often enough to judge the way.
bool both_ends_seen(const Facts& f);

// way.cpp: what the network between the two ends does.
std::optional<Finding> no_address(const Facts& f);
std::optional<Finding> packet_loss(const Facts& f);
std::optional<Finding> network_latency(const Facts& f);
inline constexpr double shortest_round_trip = 0.001;  // seconds; less than that is no way
// Of the fastest connect, or of the run's sockets.
std::optional<double> round_trip(const Facts& f);

// busy.cpp and machines.cpp: the two ends.
std::optional<Finding> client_cpu(const Facts& f);
std::optional<Finding> server_cpu(const Facts& f);
// The server has CPU to spare, or nothing is known of it, and so has hammer.
bool both_are_idle(const Facts& f);
void add_server_evidence(const Facts& f, std::vector<Evidence>& evidence);
void add_client_evidence(const Facts& f, std::vector<Evidence>& evidence);
void add_cpu_per_response(const Facts& f, std::vector<Evidence>& evidence);
// Responses per second for each core that the server used.
std::string responses_per_core(const Facts& f);
std::optional<Finding> machine_cpu(const Facts& f);
// hammer's threads, or the machine that it runs on, had no CPU left.
bool client_is_full(const Facts& f);
// Cores that neither hammer nor the server used; none where the system does not tell.
double busy_others(const Facts& f);
// Others than hammer and the server took most of that machine.
bool others_fill_the_machine(const Facts& f);

// The CPU of at least one process that serves a target is known. Where it is not, nothing may be
// said of it, not even that it is idle.
bool server_cpu_known(const Facts& f);
// Of all of them together, in cores.
double servers_busy(const Facts& f);
// A thread that serves had no time left, or all of them together used the cores that they may use.
bool server_is_busy(const Facts& f);
// Known, and neither busy nor near it nor stopped by a quota. A thread that is busy with something
// else than what was asked for does not count.
bool server_has_room(const Facts& f);
// No core had time left of those that hammer and the server run on, for whatever programs, and they
// had to wait for it so long that it shows. What the kernel does not tell is no sign of it.
bool machine_is_full(const Facts& f);

// quotas.cpp: control groups that stop one of the ends.
std::optional<Finding> client_quota(const Facts& f);
std::optional<Finding> server_quota(const Facts& f);
bool client_quota_bites(const Facts& f);
bool server_quota_bites(const Facts& f);
bool quota_bites(const Facts& f);  // either

// rate.cpp: the plan's own rate.
std::optional<Finding> rate(const Facts& f);

// verdict.cpp
Verdict verdict_of(const Facts& f, const std::vector<Finding>& findings);

}  // namespace tws::diagnosis
