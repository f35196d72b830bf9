// Unchecked at run time: written from xnu's sources, never compiled on macOS.
#include "system/census_tally.hpp"
#include "system/macos/pcblist.hpp"

// The order matters to Apple's headers.
// clang-format off
#include <sys/types.h>
#include <sys/sysctl.h>
#include <sys/socket.h>
#include <sys/socketvar.h>
#include <netinet/in.h>
#include <netinet/in_pcb.h>
#include <netinet/tcp.h>
#include <netinet/tcp_timer.h>
#include <netinet/tcp_var.h>
// clang-format on

#include <cerrno>
#include <cstddef>

namespace tws {
namespace {

static_assert(sizeof(xinpgen) == PcbLayout::generation_size);
static_assert(offsetof(xinpgen, xig_gen) == PcbLayout::generation);
static_assert(sizeof(xtcpcb64) == PcbLayout::record_size);
static_assert(offsetof(xtcpcb64, xt_inpcb.inp_fport) == PcbLayout::remote_port);
static_assert(offsetof(xtcpcb64, xt_inpcb.inp_gencnt) == PcbLayout::record_generation);
static_assert(offsetof(xtcpcb64, xt_inpcb.inp_vflag) == PcbLayout::version);
static_assert(offsetof(xtcpcb64, xt_inpcb.inp_dependladdr) == PcbLayout::local_address);
static_assert(offsetof(xtcpcb64, t_state) == PcbLayout::state);

boost::system::result<std::vector<std::byte>> read_list() {
  constexpr const char* name = "net.inet.tcp.pcblist64";
  const auto failure = [] {
    return boost::system::error_code(errno, boost::system::system_category());
  };
  // The list can outgrow its buffer between the two calls: xnu adds an eighth, and we try again.
  for (int attempt = 0;; ++attempt) {
    std::size_t size = 0;
    if (sysctlbyname(name, nullptr, &size, nullptr, 0) != 0) return failure();
    std::vector<std::byte> bytes(size);
    if (sysctlbyname(name, bytes.data(), &size, nullptr, 0) == 0) {
      bytes.resize(size);
      return bytes;
    }
    if (errno != ENOMEM || attempt == 3) return failure();
  }
}

}  // namespace

boost::system::result<Census> take_census(const CensusFilter& filter) {
  const auto walk = [](Rows, const RowSink& on_row) -> boost::system::error_code {
    const auto bytes = read_list();
    if (!bytes) return bytes.error();
    if (!read_pcblist(*bytes, on_row)) return {EBADMSG, boost::system::system_category()};
    return {};
  };
  return count_sockets(filter, CensusSource::Sysctl, walk);
}

}  // namespace tws
