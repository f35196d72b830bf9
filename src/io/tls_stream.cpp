#include "io/tls_stream.hpp"

#include "io/certificate_words.hpp"
#include "io/openssl.hpp"
#include "io/tls_faults.hpp"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <new>
#include <tuple>

namespace tws::io {
namespace {

TlsStream& stream_of(BIO* bio) {
  return *static_cast<TlsStream*>(BIO_get_data(bio));
}

int size_for_bio(std::size_t size) {
  return static_cast<int>(std::min<std::size_t>(size, std::numeric_limits<int>::max()));
}

int read_bio(BIO* bio, char* to, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t read = stream_of(bio).read_wire(to, static_cast<std::size_t>(size));
  if (read == -EAGAIN) BIO_set_retry_read(bio);
  return read < 0 ? -1 : size_for_bio(static_cast<std::size_t>(read));
}

int write_bio(BIO* bio, const char* from, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t written = stream_of(bio).write_wire(from, static_cast<std::size_t>(size));
  if (written == -EAGAIN) BIO_set_retry_write(bio);
  return written < 0 ? -1 : size_for_bio(static_cast<std::size_t>(written));
}

long control_bio(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_FLUSH) return 1;
  if (command == BIO_CTRL_EOF) return stream_of(bio).is_at_end() ? 1 : 0;
  return 0;
}

// Made once, and never freed.
BIO_METHOD* wire_method() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "wire");
    if (made == nullptr) throw std::bad_alloc();
    BIO_meth_set_read(made, read_bio);
    BIO_meth_set_write(made, write_bio);
    BIO_meth_set_ctrl(made, control_bio);
    return made;
  }();
  return method;
}

bool is_address(const std::string& name) {
  std::array<unsigned char, sizeof(in6_addr)> ignored;
  return ::inet_pton(AF_INET, name.c_str(), ignored.data()) == 1 ||
         ::inet_pton(AF_INET6, name.c_str(), ignored.data()) == 1;
}

}  // namespace

void TlsStream::Free::operator()(ssl_st* ssl) const {
  // Otherwise OpenSSL forbids to resume the session of a connection that ended without a
  // close_notify.
  SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  SSL_free(ssl);
}

TlsStream::TlsStream(Wire& wire, const TlsContext& context, const TlsPeer& peer)
    : wire_(wire), session_(peer.session), ssl_(SSL_new(context.handle())) {
  BIO* bio = BIO_new(wire_method());
  if (!ssl_ || bio == nullptr) {
    BIO_free(bio);
    throw std::bad_alloc();
  }
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_ex_data(ssl_.get(), 0, this);
  if (context.is_server()) {
    SSL_set_accept_state(ssl_.get());
    return;
  }
  SSL_set_connect_state(ssl_.get());
  if (!peer.name.empty()) name_peer(peer.name);
  if (peer.resume && session_ && *session_) SSL_set_session(ssl_.get(), session_->get());
}

TlsStream::~TlsStream() = default;

void TlsStream::name_peer(const std::string& name) {
  const auto address = name.substr(0, name.find('%'));  // without the zone, which is a local affair
  if (is_address(address)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_.get()), address.c_str());
    return;
  }
  SSL_ctrl(ssl_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
           const_cast<char*>(name.c_str()));
  SSL_set_hostflags(ssl_.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  SSL_set1_host(ssl_.get(), name.c_str());
}

ssize_t TlsStream::read_wire(void* data, std::size_t size) {
  if (dry_) return -EAGAIN;
  const ssize_t read = wire_.receive(data, size);
  dry_ = read > 0 && !wire_.socket.has_bytes();
  if (read < 0 && read != -EAGAIN) wire_error_ = static_cast<int>(-read);
  return read;
}

ssize_t TlsStream::write_wire(const void* data, std::size_t size) {
  const ssize_t written = wire_.send(data, size, last_);
  if (written == -ENOTCONN) return -EAGAIN;  // not yet; see Transport::handshake()
  if (written < 0 && written != -EAGAIN) wire_error_ = static_cast<int>(-written);
  return written;
}

bool TlsStream::keep(ssl_session_st* session) {
  if (session_ != nullptr) session_->put(session);
  return session_ != nullptr;
}

void TlsStream::begin() {
  dry_ = false;
  wire_error_ = 0;
  if (ERR_peek_error() != 0) ERR_clear_error();  // SSL_get_error() would take it for this call's
}

// What a call that returned `result` has come to. `wanted`: what the next one needs.
ssize_t TlsStream::result_of(int result, Event& wanted) {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      wanted = Event::bytes;
      return -EAGAIN;
    case SSL_ERROR_WANT_WRITE:
      wanted = Event::room;
      return -EAGAIN;
    case SSL_ERROR_ZERO_RETURN:
      ended_ = true;
      return 0;
    default:
      return give_up();
  }
}

ssize_t TlsStream::give_up() {
  failed_ = true;
  // The first fault is the reason; OpenSSL has no more words for what is tried after it.
  if (wire_error_ == 0 && fault_ == TlsFault::none) {
    auto [fault, words] = taken_tls_fault(ssl_.get());
    fault_ = fault;
    if (fault_words_.empty() || !is_of_certificate(fault)) fault_words_ = std::move(words);
  }
  ERR_clear_error();
  return wire_error_ == 0 ? -EPROTO : -wire_error_;
}

int TlsStream::handshake() {
  begin();
  const int result = SSL_do_handshake(ssl_.get());
  if (result == 1) {
    to_receive_ = Event::bytes;
    if (has_pending()) wire_.socket.expect_bytes();
    return 0;
  }
  const ssize_t error = result_of(result, to_receive_);
  return error == 0 ? -EPROTO : static_cast<int>(error);
}

bool TlsStream::is_established() const {
  return SSL_is_init_finished(ssl_.get()) == 1;
}

bool TlsStream::is_resumed() const {
  return SSL_session_reused(ssl_.get()) == 1;
}

ssize_t TlsStream::send(std::string_view bytes, bool last) {
  begin();
  last_ = last;
  std::size_t sent = 0;
  ssize_t error = 0;
  while (sent < bytes.size() && error == 0) {
    std::size_t size = 0;
    const int result = SSL_write_ex(ssl_.get(), bytes.data() + sent, bytes.size() - sent, &size);
    sent += size;
    if (result == 1) to_send_ = Event::room;
    if (result != 1) error = result_of(result, to_send_);
    if (result != 1 && error == 0) error = -EPIPE;
  }
  last_ = false;
  // Reading has the reason that the peer gives.
  if (error == -EPROTO && fault_ == TlsFault::none) error = -EPIPE;
  return sent > 0 ? static_cast<ssize_t>(sent) : error;
}

ssize_t TlsStream::receive(void* data, std::size_t size) {
  begin();
  to_send_ = Event::room;  // what a send() waited for may come now
  // Nothing belongs behind a close_notify.
  if (ended_) {
    ssize_t read = 0;
    std::array<char, 256> ignored;
    do read = wire_.receive(ignored.data(), ignored.size());
    while (read > 0);
    return read;
  }
  std::size_t read = 0;
  const int result = SSL_read_ex(ssl_.get(), data, size, &read);
  if (result == 1) {
    to_receive_ = Event::bytes;
    if (has_pending()) wire_.socket.expect_bytes();
    return static_cast<ssize_t>(read);
  }
  const ssize_t error = result_of(result, to_receive_);
  if (error == 0) receive(data, size);  // the FIN may have come with it
  return error == -EPROTO && fault_ == TlsFault::none ? 0 : error;
}

bool TlsStream::has_pending() const {
  return SSL_has_pending(ssl_.get()) == 1;
}

bool TlsStream::has_sent_end() const {
  return (SSL_get_shutdown(ssl_.get()) & SSL_SENT_SHUTDOWN) != 0;
}

int TlsStream::send_end(bool last) {
  if (failed_ || !is_established() || has_sent_end()) return 0;
  begin();
  last_ = last;
  const int result = SSL_shutdown(ssl_.get());
  last_ = false;
  if (result >= 0) return 0;
  Event ignored{};
  const ssize_t error = result_of(result, ignored);
  return error < 0 ? static_cast<int>(-error) : 0;
}

TlsAgreedIds TlsStream::agreed_ids() const {
  SSL* ssl = ssl_.get();
  const SSL_CIPHER* cipher = SSL_get_current_cipher(ssl);
  return {static_cast<std::uint32_t>(SSL_version(ssl)), cipher ? SSL_CIPHER_get_id(cipher) : 0,
          static_cast<std::uint32_t>(SSL_get_negotiated_group(ssl)),
          hash_of(SSL_get0_peer_certificate(ssl))};
}

TlsAgreed TlsStream::agreed() const {
  SSL* ssl = ssl_.get();
  TlsAgreed agreed{SSL_get_version(ssl), SSL_get_cipher_name(ssl), {}, {}, {}, {}};
  const auto nid = SSL_get_negotiated_group(ssl);
  if (const char* group = nid > 0 ? SSL_group_to_name(ssl, static_cast<int>(nid)) : nullptr)
    agreed.group = group;
  const X509* certificate = SSL_get0_peer_certificate(ssl);
  if (certificate == nullptr) return agreed;
  agreed.key = key_words(X509_get0_pubkey(certificate));
  agreed.subject = name_words(X509_get_subject_name(certificate));
  agreed.issuer = name_words(X509_get_issuer_name(certificate));
  return agreed;
}

}  // namespace tws::io
