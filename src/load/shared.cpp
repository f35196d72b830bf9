#include "load/connection.hpp"

namespace tws::load {
namespace {

// Room for the bytes that a reader could not use yet, and for as many new ones.
constexpr std::size_t buffer_size = 2 * most_head_bytes;

}  // namespace

Shared::Shared(const Job& of, std::uint32_t first, std::uint32_t step, std::uint64_t requests)
    : job(of),
      connections(connections_of(of.plan)),
      schedule(requests, pacer_of(of.plan, first, step)),
      dialer(of, first, step),
      turns(of, first, step),
      tls(of.plan, of.targets, of.tls.get()),
      buffer(buffer_size) {
  books.paced = of.plan.is_paced();
  books.ok = parse_statuses(of.plan.ok).value();
  books.tally = empty_tally();
}

// Allocates now, so that a run without enough memory does not begin.
Tally Shared::empty_tally() const {
  Tally tally;
  tally.by_target.resize(job.targets.size());
  tally.by_url = url_tallies(job);
  for (auto* histogram : {&tally.latency, &tally.first_byte, &tally.connect}) histogram->reserve();
  if (job.tls) tally.handshake.reserve();
  if (!books.paced) return tally;
  for (auto* histogram : {&tally.begin_delay, &tally.service_time}) histogram->reserve();
  return tally;
}

}  // namespace tws::load
