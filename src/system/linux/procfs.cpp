#include "system/linux/procfs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <limits>
#include <unistd.h>
#include <utility>

namespace tws {

using boost::system::error_code;

namespace {

std::string_view take_line(std::string_view& text) {
  const auto end = std::min(text.find('\n'), text.size());
  const auto line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

// Empty at the end of the line.
std::string_view take_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  const auto end = std::min(line.find(' '), line.size());
  const auto word = line.substr(0, end);
  line.remove_prefix(end);
  return word;
}

template <typename T>
std::optional<T> to_number(std::string_view word, int base = 10) {
  T value{};
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value, base);
  if (error != std::errc{} || end != word.data() + word.size()) return {};
  return value;
}

// "0100007F:07E8": words of 32 bits, each printed as a number of the machine's own byte order, then
// the port (tcp_ipv4.c, get_tcp4_sock; tcp_ipv6.c, get_tcp6_sock).
std::optional<Endpoint> parse_endpoint(std::string_view word) {
  const auto colon = std::min(word.find(':'), word.size());
  if (colon != 8 && colon != 32) return {};
  const auto port = to_number<std::uint16_t>(word.substr(std::min(colon + 1, word.size())), 16);
  if (!port) return {};
  AddressBytes address{};
  for (std::size_t at = 0; at < colon; at += 8) {
    const auto part = to_number<std::uint32_t>(word.substr(at, 8), 16);
    if (!part) return {};
    std::memcpy(address.data() + at / 2, &*part, sizeof *part);
  }
  return Endpoint{colon == 8 ? mapped_v4(address.data()) : address, *port};
}

std::optional<SocketRow> parse_row(std::string_view line) {
  take_word(line);  // "12:", the slot
  const auto local = parse_endpoint(take_word(line));
  const auto remote = parse_endpoint(take_word(line));
  const auto number = to_number<std::uint8_t>(take_word(line), 16);
  if (!local || !remote || !number) return {};
  // 12 is NEW_SYN_RECV, which the kernel prints as 3; anything else is not known.
  const auto state = static_cast<TcpState>(*number);
  if (std::ranges::find(tcp_states, state) == tcp_states.end()) return {};
  for (int field = 0; field < 5; ++field)
    take_word(line);  // queues, timer, retransmissions, user, probes
  const auto inode = to_number<std::uint32_t>(take_word(line));
  return SocketRow{state, *local, *remote, inode.value_or(0), {}};
}

}  // namespace

boost::system::result<std::string> read_text(const std::string& path) {
  const auto failure = [] { return error_code(errno, boost::system::system_category()); };
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return failure();
  std::string text;
  error_code ec;
  std::array<char, 32 * 1024> chunk;
  for (;;) {
    const ssize_t length = read(fd, chunk.data(), chunk.size());
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) ec = failure();
    if (length <= 0) break;
    text.append(chunk.data(), static_cast<std::size_t>(length));
  }
  close(fd);
  if (ec) return ec;
  return text;
}

void read_proc_net_tcp(std::string_view text, const RowSink& on_row) {
  while (!text.empty())
    if (const auto row = parse_row(take_line(text))) on_row(*row);
}

std::optional<Sockstat> parse_sockstat(std::string_view text) {
  while (!text.empty()) {
    auto line = take_line(text);
    if (take_word(line) != "TCP:") continue;
    Sockstat stat;
    const std::array fields{std::pair{"inuse", &stat.in_use}, std::pair{"orphan", &stat.orphan},
                            std::pair{"tw", &stat.time_wait}, std::pair{"alloc", &stat.allocated}};
    std::size_t found = 0;
    for (auto word = take_word(line); !word.empty(); word = take_word(line)) {
      const auto value = to_number<std::uint64_t>(take_word(line));
      for (auto [name, field] : fields) {
        if (word != name || !value) continue;
        *field = *value;
        ++found;
      }
    }
    if (found != fields.size()) return {};
    return stat;
  }
  return {};
}

Counters parse_counters(std::string_view text, std::string_view section) {
  Counters counters;
  const std::string label = std::string(section) + ":";
  while (!text.empty()) {
    auto names = take_line(text);
    auto values = take_line(text);
    if (take_word(names) != label || take_word(values) != label) continue;
    for (auto word = take_word(names); !word.empty(); word = take_word(names))
      if (const auto value = to_number<std::int64_t>(take_word(values)))
        counters[std::string(section) + "." + std::string(word)] = *value;
  }
  return counters;
}

std::optional<ProcStat> parse_stat(std::string_view text) {
  const auto open = text.find('(');
  const auto close = text.rfind(')');
  if (open == text.npos || close == text.npos || close < open) return {};
  ProcStat stat{std::string(text.substr(open + 1, close - open - 1))};
  text.remove_prefix(close + 1);
  const auto skip = [&](int fields) {
    while (fields-- > 0) take_word(text);
  };
  skip(1);  // field 3, the state
  const auto parent = to_number<int>(take_word(text));
  skip(9);  // fields 5 to 13
  const auto user = to_number<std::uint64_t>(take_word(text));
  const auto system = to_number<std::uint64_t>(take_word(text));
  const auto children_user = to_number<std::uint64_t>(take_word(text));
  const auto children_system = to_number<std::uint64_t>(take_word(text));
  skip(4);  // fields 18 to 21
  const auto started = to_number<std::uint64_t>(take_word(text));
  if (!parent || !user || !system || !children_user || !children_system || !started) return {};
  stat.cpu = *user + *system;
  stat.started = *started;
  stat.parent = *parent;
  stat.ended_children_cpu = *children_user + *children_system;
  return stat;
}

bool has_address(std::string_view fib_trie, std::string_view if_inet6,
                 const AddressBytes& address) {
  const bool is_v4 = mapped_v4(address.data() + 12) == address;
  if (!is_v4) {
    std::string wanted;  // net/ipv6/addrconf.c, if6_seq_show: 32 digits and a space
    for (const auto byte : address) wanted += fmt::format("{:02x}", byte);
    while (!if_inet6.empty())
      if (take_line(if_inet6).starts_with(wanted + ' ')) return true;
    return false;
  }
  // net/ipv4/fib_trie.c, fib_trie_seq_show: an address, and below it what is reached by it.
  const auto wanted =
      fmt::format("{}.{}.{}.{}", address[12], address[13], address[14], address[15]);
  bool is_it = false;
  while (!fib_trie.empty()) {
    auto line = take_line(fib_trie);
    const auto first = take_word(line);
    if (first == "|--") is_it = take_word(line) == wanted;
    if (first == "/32" && is_it && line == " host LOCAL") return true;
  }
  return false;
}

std::optional<std::uint64_t> parse_open_file_limit(std::string_view text) {
  constexpr std::string_view label = "Max open files";
  while (!text.empty()) {
    auto line = take_line(text);
    if (!line.starts_with(label)) continue;
    line.remove_prefix(label.size());
    const auto soft = take_word(line);
    if (soft == "unlimited") return std::numeric_limits<std::uint64_t>::max();
    return to_number<std::uint64_t>(soft);
  }
  return {};
}

}  // namespace tws
