#include "tws/model/systems.hpp"

#include <algorithm>
#include <array>

namespace tws {
namespace {

using namespace std::chrono_literals;

// xnu and FreeBSD, tcp_timer.c: tcp_syn_backoff {1, 1, 1, 1, 1, 2, 4, 8, ...} times a second, until
// TCPTV_KEEP_INIT = 75 s are over. Linux: tcp_syn_linear_timeouts = 4 more of 1 s, then twice as
// long each time, tcp_syn_retries = 6 of these; 131 s in all (tcp_timer.c, tcp_write_timeout()).
constexpr std::array<std::chrono::seconds, 10> syns{1s, 2s, 3s, 4s, 5s, 7s, 11s, 19s, 35s, 67s};

constexpr std::string_view nobody_ran_macos =
    "these rules were read in xnu's sources and held against no Mac";

// bsd/netinet of apple-oss-distributions/xnu. in_pcb.c, in_pcbbind(): ports in order from
// net.inet.ip.portrange.first to last (49152-65535), skipping those that any socket has, whatever
// its target (in_pcblookup_local() with the wildcard address). tcp_timer.c, add_to_time_wait(): 2 x
// net.inet.tcp.msl (15 s); only tcp_gc() ends it, and removes all expired ones at once. Its passes
// are 1 s apart while sockets are being closed, otherwise up to 10 s later (in_pcb.c:
// inpcb_gc_sched(), inpcb_timeout_lazy). tcp_input.c: a SYN that meets TIME_WAIT needs a time stamp
// that is not older (PAWS) and a greater sequence number; otherwise it gets no useful answer.
constexpr SystemRules macos(std::string_view name, std::string_view covers,
                            std::string_view kernel) {
  SystemRules rules;
  rules.name = name;
  rules.covers = covers;
  rules.os = "Darwin";
  rules.kernel = kernel;
  rules.unchecked = nobody_ran_macos;
  rules.ports = {49152, 65535};
  rules.order = PortOrder::in_order;
  rules.ports_shared = false;
  rules.time_wait = 30s;
  rules.pass_soonest = 1s;
  rules.pass_latest = 11s;
  rules.syn_again = syns;
  rules.connect_timeout = 75s;
  return rules;
}

// tcp_subr.c, tcp_new_isn(): the secret is a local variable, so the sequence number is random; the
// time stamp is the uptime.
constexpr SystemRules macos_11() {
  auto rules = macos("macos-11", "macOS 11 and older (from 10.5)", "xnu-7195 and older");
  rules.syn = {.sequence = Growth::random, .time_stamp = Growth::grows};
  return rules;
}

// As in macOS 11, and tcp_newtcpcb() adds a random offset to each connection's time stamps.
constexpr SystemRules macos_12(std::string_view name, std::string_view covers,
                               std::string_view kernel) {
  auto rules = macos(name, covers, kernel);
  rules.syn = {.sequence = Growth::random, .time_stamp = Growth::random};
  return rules;
}

// tcp_new_isn(): a hash of the addresses and ports plus the uptime in units of 128 ns; the offset
// of the time stamp uses the same hash. The sequence number must be beyond the old connection's
// window, 408 KB at most, which takes 53 ms.
constexpr SystemRules macos_15() {
  auto rules = macos("macos-15", "macOS 15 and newer", "xnu-11215 and newer");
  rules.syn = {.sequence = Growth::grows, .time_stamp = Growth::grows, .lead = 53ms};
  return rules;
}

// net/ipv4/inet_hashtables.c, __inet_hash_connect(): the search. include/net/tcp.h:
// TCP_TIMEWAIT_LEN. tcp_ipv4.c, tcp_twsk_unique(): reuse, 2 (loopback) by default.
// tcp_minisocks.c, tcp_timewait_state_process(): a SYN passes with a greater sequence number or
// time stamp. secure_seq.c: both grow with the clock for each pair. The cost of the search was
// measured (docs/stuck-at-16k.md).
constexpr SystemRules of_linux(std::string_view name, std::string_view covers,
                               std::string_view kernel) {
  SystemRules rules;
  rules.name = name;
  rules.covers = covers;
  rules.os = "Linux";
  rules.kernel = kernel;
  rules.ports = {32768, 60999};
  rules.order = PortOrder::by_parity;
  rules.time_wait = 60s;
  rules.max_time_wait = 262'144;
  rules.reuse = TimeWaitReuse::Loopback;
  rules.reuse_delay = 1s;
  rules.syn = {.sequence = Growth::grows, .time_stamp = Growth::grows, .either_will_do = true};
  rules.syn_again = syns;
  rules.connect_timeout = 131s;
  rules.search_cost = 100ns;
  return rules;
}

// Before tcp_tw_reuse_delay (6.14) Linux counted the age of a TIME_WAIT in full seconds.
constexpr SystemRules linux_before_6_14() {
  auto rules = of_linux("linux-6.13", "Linux 4.19 to 6.13", "6.13");
  rules.unchecked = "these rules were read in Linux's sources; a newer one was tried";
  rules.delay_by_seconds = true;
  return rules;
}

// sys/netinet of freebsd-src (2024). in_pcb.c, in_pcb_lport_dest(): from a random port of
// net.inet.ip.portrange.first to last (10000-65535) on; a port is taken only for the same tuple, so
// targets share ports. tcp_timewait.c, tcp_twstart(): 2 x net.inet.tcp.msl (30 s), and none for
// connections within the machine (net.inet.tcp.nolocaltimewait, 1 since 14.0); tcp_twcheck(): a SYN
// passes with a greater sequence number, and its time stamp is not looked at. tcp_subr.c,
// tcp_new_isn(): a hash of the tuple plus a clock.
constexpr SystemRules freebsd_14() {
  SystemRules rules;
  rules.name = "freebsd-14";
  rules.covers = "FreeBSD 14";
  rules.os = "FreeBSD";
  rules.kernel = "14";
  rules.unchecked = "these rules were read in FreeBSD's sources and never tried";
  rules.ports = {10000, 65535};
  rules.order = PortOrder::random;
  rules.time_wait = 60s;
  rules.time_wait_on_loopback = false;
  rules.syn = {.sequence = Growth::grows, .time_stamp = Growth::unseen};
  rules.syn_again = syns;
  rules.connect_timeout = 75s;
  return rules;
}

constexpr std::array systems{macos_11(),
                             macos_12("macos-12", "macOS 12", "xnu-8019 to 8020"),
                             macos_12("macos-13", "macOS 13", "xnu-8792 to 8796"),
                             macos_12("macos-14", "macOS 14", "xnu-10002 to 10063"),
                             macos_15(),
                             of_linux("linux", "Linux 6.14 and newer", "6.14"),
                             linux_before_6_14(),
                             freebsd_14()};

}  // namespace

std::span<const SystemRules> known_systems() {
  return systems;
}

const SystemRules* find_system(std::string_view name) {
  const auto found = std::find_if(systems.begin(), systems.end(),
                                  [&](const SystemRules& rules) { return rules.name == name; });
  return found == systems.end() ? nullptr : &*found;
}

const SystemRules& rules_of_os(std::string_view os) {
  const auto found = std::find_if(systems.begin(), systems.end(),
                                  [&](const SystemRules& rules) { return rules.os == os; });
  return found == systems.end() ? *find_system("linux") : *found;
}

SystemRules with_port_steps(SystemRules rules, std::uint32_t width) {
  rules.port_step_width = width;
  if (width > 0 && rules.unchecked.empty())
    rules.unchecked = "steps of random length were read in Linux's sources (7.1) and never tried";
  return rules;
}

PortOrder port_order(const SystemRules& rules, const Plan& plan) {
  // hammer picks the ports itself, in turn.
  if (plan.ports == PortChoice::rotate) return PortOrder::in_order;
  // With IP_LOCAL_PORT_RANGE the search has no parities (Linux 6.8).
  if (plan.port_range && rules.order == PortOrder::by_parity) return PortOrder::by_hash;
  return rules.order;
}

bool keeps_time_wait(const SystemRules& rules, bool on_loopback) {
  return rules.time_wait_on_loopback || !on_loopback;
}

bool reuses_time_wait(const SystemRules& rules, bool on_loopback) {
  return rules.reuse == TimeWaitReuse::On ||
         (rules.reuse == TimeWaitReuse::Loopback && on_loopback);
}

}  // namespace tws
