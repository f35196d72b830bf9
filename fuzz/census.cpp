// What kernels say about their sockets: Linux's NETLINK_SOCK_DIAG and /proc/net, macOS's pcblist.
//
// The first byte of an input says which, the others are what the kernel sends.
#include "system/census_tally.hpp"
#include "system/linux/procfs.hpp"
#include "system/linux/sock_diag.hpp"
#include "system/macos/pcblist.hpp"
#include "target.hpp"

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <vector>

namespace {

using namespace tws;
using fuzz::require;

enum Codec : std::uint8_t { sock_diag, pcblist, proc_net_tcp, other_files };
constexpr unsigned codecs = 4;

using List = std::vector<SocketRow>;

void check_reply(const DumpReply& reply) {
  switch (reply.status) {
    case DumpReply::More:
    case DumpReply::Done:
      return require(reply.error == 0, "what is fine has no error");
    case DumpReply::Failed:
      return require(reply.error > 0, "a failure is an errno");
    case DumpReply::Malformed:
      return require(reply.error == EBADMSG, "what is damaged says so");
  }
  require(false, "a status is one of four");
}

List read(Codec codec, std::span<const std::byte> bytes) {
  List rows;
  const auto keep = [&](const SocketRow& row) { rows.push_back(row); };
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  switch (codec) {
    case sock_diag:
      check_reply(read_dump(bytes, keep));
      break;
    case pcblist:
      static_cast<void>(read_pcblist(bytes, keep));
      break;
    case proc_net_tcp:
      read_proc_net_tcp(text, keep);
      break;
    case other_files:
      static_cast<void>(parse_sockstat(text));
      static_cast<void>(parse_counters(text, "Tcp"));
      static_cast<void>(parse_stat(text));
      static_cast<void>(parse_open_file_limit(text));
      break;
  }
  return rows;
}

// Every row counts once, on one side; with a target, those of others do not.
void check_census(const List& rows) {
  CensusTally all({}, {});
  for (const auto& row : rows) all.add(row);
  const Census census = all.census();
  require(census.server.total() + census.client.total() == rows.size(), "every row counts once");
  require(census.client_ports <= census.client.total(), "a socket has one port");
  if (rows.empty()) return;

  CensusFilter filter;
  filter.targets.emplace_back(boost::asio::ip::address_v6(rows.front().remote.address),
                              rows.front().remote.port);
  CensusTally some(filter, {});
  for (const auto& row : rows) some.add(row);
  const Census part = some.census();
  require(part.server.total() + part.client.total() >= 1, "the target's own row counts");
  require(part.server.total() + part.client.total() <= rows.size(), "no row counts twice");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto codec = static_cast<Codec>(data[0] % codecs);
  const auto bytes = std::as_bytes(std::span(data, size)).subspan(1);
  const List rows = read(codec, bytes);
  require(rows.size() <= bytes.size() / 8, "rows come from bytes");
  for (const auto& row : rows)
    require(std::ranges::find(tcp_states, row.state) != tcp_states.end(), "a state is known");
  check_census(rows);
  return 0;
}
