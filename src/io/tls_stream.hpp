// TLS over a wire. OpenSSL reads and writes through the wire, so that the loop's socket knows
// whether there are bytes to read, the counts of the wire hold, and a write never raises SIGPIPE.
#pragma once

#include "io/tls.hpp"
#include "io/wire.hpp"
#include "tws/support/tls_fault.hpp"

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

struct bio_st;
struct ssl_st;

namespace tws::io {

// Whom a client connects to. A DNS name is also sent (SNI); an address is only verified.
struct TlsPeer {
  std::string name = {};
  TlsSession* session = nullptr;  // where to keep sessions; null: nowhere
  bool resume = false;            // the one that is kept there, if there is one
};

// What a handshake has agreed on, in words: "TLSv1.3", "TLS_AES_128_GCM_SHA256", "X25519". The rest
// is about the server's certificate: "ECDSA P-256", "CN=localhost".
struct TlsAgreed {
  std::string version, cipher, group, key, subject, issuer;
};
// The same in numbers, which need no allocation: version, cipher, group, and a hash of the
// certificate's signature.
using TlsAgreedIds = std::array<std::uint32_t, 4>;

class TlsStream {
 public:
  // The wire must not move. Throws std::bad_alloc.
  TlsStream(Wire& wire, const TlsContext& context, const TlsPeer& peer);
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;
  ~TlsStream();

  // All of them: see Transport.
  int handshake();
  bool is_established() const;
  bool is_resumed() const;
  ssize_t send(std::string_view bytes, bool last);
  ssize_t receive(void* data, std::size_t size);
  // Sends a close_notify: 0, EAGAIN if there is no room for it, or another errno. `last`: the FIN
  // follows at once.
  int send_end(bool last);
  bool has_pending() const;
  bool has_ended() const { return ended_; }  // by a close_notify
  bool has_sent_end() const;                 // a close_notify

  Event to_send() const { return to_send_; }
  Event to_receive() const { return to_receive_; }

  TlsFault fault() const { return fault_; }
  const std::string& fault_words() const { return fault_words_; }
  TlsAgreedIds agreed_ids() const;
  TlsAgreed agreed() const;

  // Called by OpenSSL.
  ssize_t read_wire(void* data, std::size_t size);
  ssize_t write_wire(const void* data, std::size_t size);
  bool is_at_end() const { return wire_.ended; }
  bool keep(ssl_session_st* session);
  // What is wrong with the peer's certificate, in words.
  void note(std::string words) { fault_words_ = std::move(words); }

 private:
  struct Free {
    void operator()(ssl_st* ssl) const;
  };

  void begin();
  void name_peer(const std::string& name);
  ssize_t result_of(int result, Event& wanted);
  ssize_t give_up();

  Wire& wire_;
  TlsSession* session_;
  std::unique_ptr<ssl_st, Free> ssl_;
  Event to_send_ = Event::room, to_receive_ = Event::bytes;
  bool last_ = false;    // the bytes that are being written are the last ones
  bool dry_ = false;     // the wire had no more bytes a moment ago
  bool ended_ = false;   // the peer's close_notify was read
  bool failed_ = false;  // nothing can be read or written any more
  TlsFault fault_ = TlsFault::none;
  int wire_error_ = 0;  // errno
  std::string fault_words_;
};

}  // namespace tws::io
