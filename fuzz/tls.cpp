// What a transport with TLS gives out is what the other end has sent, in whatever records that was
// and however the network cut them; and it says itself when there is more to be received. If a byte
// was changed on the way, what comes before it is right, and nothing comes behind it.
//
// An input is a byte of flags, the sizes less one of four records and of four pieces, taken in
// turn, the place of the byte that is changed (two bytes), and what the other end sends.
#include "server/tls.hpp"

#include "io/transport.hpp"
#include "target.hpp"

#include <openssl/err.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace {

using namespace tws;
using fuzz::require;

constexpr std::size_t head_size = 11;
enum Flags : std::uint8_t { tls_1_2 = 1, ends = 2, changes_a_byte = 4, updates_keys = 8 };

const io::TlsContext& server_context() {
  static const io::TlsContext context = server::context_of(self_signed("localhost"));
  return context;
}

const io::TlsContext& client_context() {
  static const io::TlsContext context = [] {
    io::TlsContext any;
    any.accept_any();
    return any;
  }();
  return context;
}

// OpenSSL's server, whose bytes are handed to a transport through a pair of sockets.
class Pair {
 public:
  explicit Pair(std::uint8_t flags) : server_(SSL_new(server_context().handle())) {
    if (flags & tls_1_2) SSL_set_max_proto_version(server_.get(), TLS1_2_VERSION);
    SSL_set_bio(server_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_accept_state(server_.get());
    int sockets[2];
    require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sockets) == 0,
            "there are sockets");
    transport.open(sockets[0]);
    other_.open(sockets[1]);
    transport.secure(client_context());
    int shaken = -EAGAIN;
    for (int turn = 0; turn < 10 && (shaken != 0 || !SSL_is_init_finished(server_.get())); ++turn) {
      shaken = transport.handshake();
      take();
      SSL_do_handshake(server_.get());
      give(written());
    }
    require(shaken == 0 && SSL_is_init_finished(server_.get()), "the handshake is completed");
  }

  void write(std::string_view record) {
    SSL_write(server_.get(), record.data(), static_cast<int>(record.size()));
  }
  void update_keys() {
    SSL_key_update(server_.get(), SSL_KEY_UPDATE_REQUESTED);
    SSL_do_handshake(server_.get());  // sends it
  }
  void end() { SSL_shutdown(server_.get()); }

  // What the server has written since the last call.
  std::string written() {
    std::string bytes(BIO_ctrl_pending(SSL_get_wbio(server_.get())), '\0');
    if (!bytes.empty())
      BIO_read(SSL_get_wbio(server_.get()), bytes.data(), static_cast<int>(bytes.size()));
    return bytes;
  }
  void give(std::string_view bytes) {
    require(bytes.empty() ||
                other_.send(bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()),
            "the kernel takes all");
    transport.socket().expect_bytes();
  }

  io::Loop loop;
  io::Transport transport{loop};

 private:
  void take() {
    std::array<char, 4096> bytes;
    ssize_t size = 0;
    while ((size = other_.receive(bytes.data(), bytes.size())) > 0)
      BIO_write(SSL_get_rbio(server_.get()), bytes.data(), static_cast<int>(size));
  }

  struct Free {
    void operator()(SSL* tls) const { SSL_free(tls); }
  };
  std::unique_ptr<SSL, Free> server_;
  io::Socket other_{loop};
};

struct Outcome {
  std::string received;
  bool ended = false;
  ssize_t error = 0;
};

// Receives as long as the transport says that there is something.
void drain(io::Transport& transport, Outcome& outcome) {
  std::array<char, 100> bytes;
  for (int silent = 0; transport.socket().has_bytes() && !outcome.ended && outcome.error == 0;) {
    const ssize_t size = transport.receive(bytes.data(), bytes.size());
    if (size > 0) outcome.received.append(bytes.data(), static_cast<std::size_t>(size));
    if (size < 0 && size != -EAGAIN) outcome.error = size;
    outcome.ended = transport.has_ended();
    silent = size == -EAGAIN ? silent + 1 : 0;
    require(silent < 3, "it does not say again and again that there is more");
  }
}

Outcome read(std::string_view text, std::uint8_t flags, std::span<const std::uint8_t> records,
             std::span<const std::uint8_t> pieces, std::size_t changed) {
  Pair pair(flags);
  Outcome outcome;
  drain(pair.transport, outcome);  // tickets
  for (std::size_t turn = 0, at = 0; at < text.size(); ++turn) {
    const std::size_t size = std::min<std::size_t>(records[turn % 4] + 1u, text.size() - at);
    pair.write(text.substr(at, size));
    if ((flags & updates_keys) && turn == 1) pair.update_keys();
    at += size;
  }
  if (flags & ends) pair.end();
  std::string wire = pair.written();
  if ((flags & changes_a_byte) && !wire.empty()) wire[changed % wire.size()] ^= 1;
  for (std::size_t turn = 0, at = 0; at < wire.size() && outcome.error == 0; ++turn) {
    const std::size_t size = std::min<std::size_t>(pieces[turn % 4] + 1u, wire.size() - at);
    pair.give(std::string_view(wire).substr(at, size));
    drain(pair.transport, outcome);
    at += size;
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < head_size) return 0;
  const std::uint8_t flags = data[0];
  const std::string_view text(reinterpret_cast<const char*>(data) + head_size, size - head_size);
  const std::size_t changed = data[9] * 256u + data[10];
  const Outcome outcome = read(text, flags, {data + 1, 4}, {data + 5, 4}, changed);
  ERR_clear_error();
  require(text.starts_with(outcome.received), "it gives out what was sent");
  if (flags & changes_a_byte) return 0;
  require(outcome.error == 0, "nothing fails");
  require(outcome.received == text, "it gives out all that was sent");
  require(outcome.ended == ((flags & ends) != 0), "it knows the end");
  return 0;
}
