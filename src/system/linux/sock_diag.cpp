#include "system/linux/sock_diag.hpp"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

namespace tws {
namespace {

constexpr int most_errno = 4095;  // include/linux/err.h, MAX_ERRNO

constexpr std::size_t aligned(std::size_t length) {
  return (length + 3) & ~std::size_t{3};
}

template <typename T>
void append(std::vector<std::byte>& bytes, const T& value) {
  bytes.resize(bytes.size() + sizeof value);
  std::memcpy(bytes.data() + bytes.size() - sizeof value, &value, sizeof value);
}

template <typename T>
std::optional<T> read_as(std::span<const std::byte> bytes) {
  if (bytes.size() < sizeof(T)) return {};
  T value;
  std::memcpy(&value, bytes.data(), sizeof(T));
  return value;
}

// A program for the kernel's filter machine (net/ipv4/inet_diag.c, inet_diag_bc_run): accept the
// socket if any of the ports is its source or destination port. One test is
//   GE port, LE port; JMP to the end
// and a failed comparison skips the rest of its test. A jump to four bytes past the end means
// "reject", to the end "accept". BC_S_EQ is shorter but newer.
std::vector<std::byte> port_filter(std::span<const std::uint16_t> ports) {
  constexpr std::size_t op = sizeof(inet_diag_bc_op);
  constexpr std::size_t test = 5 * op;
  const std::size_t size = 2 * ports.size() * test - op;  // the last test needs no JMP
  std::vector<std::byte> code;
  code.reserve(size);
  const auto emit = [&](int command, std::size_t yes, std::size_t no) {
    append(code, inet_diag_bc_op{static_cast<unsigned char>(command),
                                 static_cast<unsigned char>(yes), static_cast<unsigned short>(no)});
  };
  for (auto port : ports) {
    for (auto [at_least, at_most] : {std::pair{INET_DIAG_BC_S_GE, INET_DIAG_BC_S_LE},
                                     std::pair{INET_DIAG_BC_D_GE, INET_DIAG_BC_D_LE}}) {
      emit(at_least, 2 * op, test);
      emit(INET_DIAG_BC_NOP, 0, port);  // the operand, in host order
      emit(at_most, 2 * op, test - 2 * op);
      emit(INET_DIAG_BC_NOP, 0, port);
      if (code.size() < size) emit(INET_DIAG_BC_JMP, op, size - code.size());
    }
  }
  return code;
}

AddressBytes address_of(std::uint8_t family, const __be32 (&words)[4]) {
  AddressBytes address;
  std::memcpy(address.data(), words, sizeof words);
  return family == AF_INET ? mapped_v4(address.data()) : address;
}

std::optional<SocketRow> row_of(const inet_diag_msg& message) {
  const auto state = static_cast<TcpState>(message.idiag_state);
  if (message.idiag_family != AF_INET && message.idiag_family != AF_INET6) return {};
  if (std::ranges::find(tcp_states, state) == tcp_states.end()) return {};
  const inet_diag_sockid& id = message.id;
  return SocketRow{state,
                   {address_of(message.idiag_family, id.idiag_src), ntohs(id.idiag_sport)},
                   {address_of(message.idiag_family, id.idiag_dst), ntohs(id.idiag_dport)},
                   message.idiag_inode,
                   // net/ipv4/tcp_diag.c, tcp_diag_get_info: sk_max_ack_backlog
                   state == TcpState::Listen ? std::optional(message.idiag_wqueue) : std::nullopt};
}

// The attributes behind a row.
void add_numbers(const inet_diag_msg& message, std::span<const std::byte> attributes,
                 SocketRow& row) {
  while (const auto attribute = read_as<nlattr>(attributes)) {
    if (attribute->nla_len < sizeof(nlattr) || attribute->nla_len > attributes.size()) return;
    if (attribute->nla_type == INET_DIAG_INFO) {
      row.numbers =
          parse_tcp_info(attributes.subspan(sizeof(nlattr), attribute->nla_len - sizeof(nlattr)));
      row.numbers->cookie =
          std::uint64_t{message.id.idiag_cookie[1]} << 32 | message.id.idiag_cookie[0];
      return;
    }
    attributes = attributes.subspan(std::min(aligned(attribute->nla_len), attributes.size()));
  }
}

}  // namespace

std::vector<std::byte> dump_request(std::uint32_t states, std::span<const std::uint16_t> ports,
                                    Details details) {
  std::vector<std::byte> filter;
  if (!ports.empty() && ports.size() <= max_filter_ports) filter = port_filter(ports);
  const std::size_t attribute = filter.empty() ? 0 : sizeof(nlattr) + filter.size();

  nlmsghdr header{};
  header.nlmsg_len = static_cast<__u32>(sizeof(nlmsghdr) + sizeof(inet_diag_req) + attribute);
  header.nlmsg_type = TCPDIAG_GETSOCK;
  header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  header.nlmsg_seq = 1;
  inet_diag_req request{};
  request.idiag_states = states;
  if (details == Details::numbers) request.idiag_ext = 1u << (INET_DIAG_INFO - 1);

  std::vector<std::byte> bytes;
  bytes.reserve(header.nlmsg_len);
  append(bytes, header);
  append(bytes, request);
  if (attribute != 0) {
    append(bytes, nlattr{static_cast<__u16>(attribute), INET_DIAG_REQ_BYTECODE});
    bytes.insert(bytes.end(), filter.begin(), filter.end());
  }
  return bytes;
}

DumpReply read_dump(std::span<const std::byte> bytes, const RowSink& on_row) {
  DumpReply reply;
  const auto end = [&](DumpReply::Status status, int error) {
    reply.status = status;
    reply.error = error;
    return reply;
  };
  const auto fail = [&](int error) {
    return error < -most_errno ? end(DumpReply::Malformed, EBADMSG)
                               : end(DumpReply::Failed, -error);
  };
  while (!bytes.empty()) {
    const auto header = read_as<nlmsghdr>(bytes);
    if (!header || header->nlmsg_len < sizeof(nlmsghdr) || header->nlmsg_len > bytes.size())
      return end(DumpReply::Malformed, EBADMSG);
    const auto payload = bytes.subspan(sizeof(nlmsghdr), header->nlmsg_len - sizeof(nlmsghdr));
    if (header->nlmsg_flags & NLM_F_DUMP_INTR) reply.interrupted = true;

    switch (header->nlmsg_type) {
      case NLMSG_DONE: {
        // A dump that was aborted has its error here (af_netlink.c, netlink_dump_done).
        const int error = read_as<int>(payload).value_or(0);
        return error < 0 ? fail(error) : end(DumpReply::Done, 0);
      }
      case NLMSG_ERROR: {
        const auto error = read_as<int>(payload);
        if (!error || *error > 0) return end(DumpReply::Malformed, EBADMSG);
        if (*error < 0) return fail(*error);
        break;  // an acknowledgement
      }
      case NLMSG_OVERRUN:
        return end(DumpReply::Failed, ENOBUFS);
      case TCPDIAG_GETSOCK:
      case SOCK_DIAG_BY_FAMILY: {
        const auto message = read_as<inet_diag_msg>(payload);
        if (!message) return end(DumpReply::Malformed, EBADMSG);
        if (auto row = row_of(*message)) {
          add_numbers(*message, payload.subspan(sizeof *message), *row);
          on_row(*row);
        }
        break;
      }
      default:
        break;
    }
    // The last message may lack padding.
    bytes = bytes.subspan(std::min(aligned(header->nlmsg_len), bytes.size()));
  }
  return reply;
}

}  // namespace tws
