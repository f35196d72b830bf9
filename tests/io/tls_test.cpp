// A transport with TLS, against OpenSSL at the other end of a real connection.
#include "io/transport.hpp"
#include "pair.hpp"
#include "tls_peer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <optional>
#include <string>
#include <thread>

namespace tws::io {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view question = "question";

void write_all(SSL* ssl, std::string_view text) {
  EXPECT_EQ(SSL_write(ssl, text.data(), static_cast<int>(text.size())),
            static_cast<int>(text.size()));
}

std::string read_some(SSL* ssl) {
  std::array<char, 20'000> buffer;
  const int size = SSL_read(ssl, buffer.data(), buffer.size());
  return size > 0 ? std::string(buffer.data(), static_cast<std::size_t>(size)) : std::string();
}

TlsContext trusting_client() {
  TlsContext context;
  EXPECT_EQ(context.trust(certificates().path("ca.pem")), "");
  return context;
}

OtherEnd::Role server_of_version(int version) {
  OtherEnd::Role role;
  role.set_up = [version](SSL_CTX* context) {
    SSL_CTX_set_min_proto_version(context, version);
    SSL_CTX_set_max_proto_version(context, version);
  };
  return role;
}

// A transport and its other end.
struct Secured {
  Secured(const TlsContext& context, const OtherEnd::Role& role, std::function<void(SSL*)> behave,
          TlsPeer peer = {.name = "localhost"}) {
    const Ends ends = connected_ends();
    transport.open(ends.first);
    transport.secure(context, peer);
    other.emplace(ends.other, role, std::move(behave));
  }
  ~Secured() {
    transport.close();  // before the other end is waited for
    other.reset();
  }

  template <typename Try>
  static ssize_t until_done(Try attempt) {
    ssize_t result = -EAGAIN;
    for (int i = 0; i < 10'000 && result == -EAGAIN; ++i) {
      if (i > 0) std::this_thread::sleep_for(1ms);
      result = attempt();
    }
    return result;
  }
  int handshake() {
    return static_cast<int>(until_done([&] { return transport.handshake(); }));
  }
  ssize_t receive() {
    return until_done([&] { return transport.receive(buffer.data(), buffer.size()); });
  }
  // What comes next; "-" and an errno for an error.
  std::string heard() {
    const auto size = receive();
    if (size < 0) return std::to_string(size);
    return {buffer.data(), static_cast<std::size_t>(size)};
  }
  ssize_t say(std::string_view text, bool last = false) {
    return transport.send(text.data(), text.size(), last);
  }

  Loop loop;
  Transport transport{loop};
  std::optional<OtherEnd> other;
  std::array<char, 20'000> buffer{};
};

void echo(SSL* ssl) {
  for (std::string text; !(text = read_some(ssl)).empty();) write_all(ssl, text);
}

TEST(Tls, BytesGoBothWays) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const auto context = trusting_client();
    Secured to(context, server_of_version(version), echo);
    ASSERT_EQ(to.handshake(), 0);
    EXPECT_FALSE(to.transport.tls().is_resumed());
    EXPECT_EQ(to.say(question), static_cast<ssize_t>(question.size()));
    EXPECT_EQ(to.heard(), question);
    const auto agreed = to.transport.tls().agreed();
    EXPECT_EQ(agreed.version, version == TLS1_2_VERSION ? "TLSv1.2" : "TLSv1.3");
    EXPECT_THAT(agreed.cipher, HasSubstr("AES"));
    EXPECT_EQ(agreed.key, "ECDSA P-256");
    EXPECT_EQ(agreed.subject, "CN=server");
    EXPECT_EQ(agreed.issuer, "CN=ca");
    EXPECT_THAT(agreed.group, testing::AnyOf("x25519", "X25519"));
    EXPECT_EQ(to.transport.tls().agreed_ids()[0], static_cast<std::uint32_t>(version));
  }
}

TEST(Tls, ItIsAServerToo) {
  SSL_CTX* server = SSL_CTX_new(TLS_server_method());
  SSL_CTX_set_alpn_select_cb(
      server,
      [](SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
         unsigned, void*) {
        *size = offered[0];
        *chosen = offered + 1;
        return SSL_TLSEXT_ERR_OK;
      },
      nullptr);
  TlsContext context(server);
  ASSERT_EQ(context.use_certificate(certificates().path("rsa.pem")), "");
  ASSERT_EQ(context.use_key(certificates().path("rsa.key")), "");
  std::string answer, protocol;
  {
    OtherEnd::Role role{.server = false, .certificate = ""};
    role.set_up = [](SSL_CTX* made) {
      SSL_CTX_set_alpn_protos(made, reinterpret_cast<const unsigned char*>("\x08http/1.1"), 9);
    };
    Secured to(context, role,
               [&](SSL* ssl) {
                 const unsigned char* chosen = nullptr;
                 unsigned size = 0;
                 SSL_get0_alpn_selected(ssl, &chosen, &size);
                 protocol.assign(reinterpret_cast<const char*>(chosen), size);
                 write_all(ssl, question);
                 answer = read_some(ssl);
               },
               {});
    ASSERT_EQ(to.handshake(), 0);
    EXPECT_EQ(to.heard(), question);
    EXPECT_EQ(to.say("answer"), 6);
  }
  EXPECT_EQ(answer, "answer");
  EXPECT_EQ(protocol, "http/1.1");
}

struct Refused {
  std::string certificate, name;
  TlsFault fault;
};

TEST(Tls, CertificatesAreVerified) {
  for (const auto& [certificate, name, fault] :
       {Refused{"server", "localhost", TlsFault::none},
        Refused{"server", "127.0.0.1", TlsFault::none},
        Refused{"server", "example.com", TlsFault::wrong_host},
        Refused{"server", "127.0.0.2", TlsFault::wrong_host},
        Refused{"server", "::1", TlsFault::wrong_host},
        Refused{"other", "example.com", TlsFault::none},
        Refused{"other", "localhost", TlsFault::wrong_host},
        Refused{"expired", "localhost", TlsFault::expired},
        Refused{"early", "localhost", TlsFault::not_yet_valid},
        Refused{"self", "localhost", TlsFault::self_signed}}) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
      auto role = server_of_version(version);
      role.certificate = certificate;
      const auto context = trusting_client();
      Secured to(context, role, [](SSL*) {}, {.name = name});
      EXPECT_EQ(to.handshake(), fault == TlsFault::none ? 0 : -EPROTO);
      EXPECT_EQ(to.transport.tls().fault(), fault) << certificate << ' ' << name;
      EXPECT_EQ(to.transport.tls().fault_words().empty(), fault == TlsFault::none);
    }
  }
}

TEST(Tls, AnAuthorityThatNobodyKnowsIsRefusedUnlessAnyIsAccepted) {
  TlsContext context;
  {
    Secured to(context, {}, [](SSL*) {});
    EXPECT_EQ(to.handshake(), -EPROTO);
    EXPECT_EQ(to.transport.tls().fault(), TlsFault::unknown_authority);
  }
  context.accept_any();
  for (const std::string certificate : {"server", "self", "expired", "other"}) {
    Secured to(context, {.certificate = certificate}, [](SSL*) {});
    EXPECT_EQ(to.handshake(), 0) << certificate;
  }
}

TEST(Tls, WhatTheTwoCanNotAgreeOnIsNamed) {
  auto context = trusting_client();
  context.set_versions(TlsVersion::tls1_3, TlsVersion::tls1_3);
  {
    Secured to(context, server_of_version(TLS1_2_VERSION), [](SSL*) {});
    EXPECT_EQ(to.handshake(), -EPROTO);
    EXPECT_EQ(to.transport.tls().fault(), TlsFault::protocol_version);
  }
  context.set_versions(TlsVersion::tls1_2, TlsVersion::tls1_2);
  ASSERT_EQ(context.set_ciphers("ECDHE-RSA-AES128-GCM-SHA256"), "");  // the key is none of RSA
  Secured to(context, server_of_version(TLS1_2_VERSION), [](SSL*) {});
  EXPECT_EQ(to.handshake(), -EPROTO);
  EXPECT_EQ(to.transport.tls().fault(), TlsFault::no_shared_cipher);
}

// With TLS 1.3 a server asks after the client's handshake is complete.
TEST(Tls, AServerMayDemandACertificate) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    auto role = server_of_version(version);
    const auto set_version = role.set_up;
    role.set_up = [set_version](SSL_CTX* context) {
      set_version(context);
      SSL_CTX_load_verify_file(context, certificates().path("ca.pem").c_str());
      SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    };
    auto context = trusting_client();
    {
      Secured to(context, role, [](SSL*) {});
      const int error = to.handshake();
      EXPECT_EQ(error, version == TLS1_2_VERSION ? -EPROTO : 0);
      if (error == 0) {
        EXPECT_EQ(to.receive(), -EPROTO);
      }
      EXPECT_EQ(to.transport.tls().fault(), version == TLS1_2_VERSION
                                                ? TlsFault::no_shared_cipher
                                                : TlsFault::certificate_required);
    }
    ASSERT_EQ(context.use_certificate(certificates().path("self.pem")), "");
    ASSERT_EQ(context.use_key(certificates().path("self.key")), "");
    {
      Secured to(context, role, [](SSL*) {});
      if (to.handshake() == 0) {
        EXPECT_EQ(to.receive(), -EPROTO);
      }
      EXPECT_EQ(to.transport.tls().fault(), TlsFault::certificate_refused);
    }
    ASSERT_EQ(context.use_certificate(certificates().path("client.pem")), "");
    ASSERT_EQ(context.use_key(certificates().path("client.key")), "");
    Secured to(context, role, echo);
    ASSERT_EQ(to.handshake(), 0);
    to.say(question);
    EXPECT_EQ(to.heard(), question);
  }
}

// Somebody who does not speak TLS: `says` is all that it does before it ends.
struct Plain {
  explicit Plain(std::string_view says) {
    const Ends ends = connected_ends();
    transport.open(ends.first);
    transport.secure(context, {.name = "localhost"});
    if (!says.empty()) say(ends.other, says);
    ::shutdown(ends.other, SHUT_WR);
    other = ends.other;
  }
  ~Plain() { ::close(other); }

  TlsContext context;
  Loop loop;
  Transport transport{loop};
  int other = -1;
};

TEST(Tls, WhatIsNoTlsIsToldApartFromAnEnd) {
  for (const std::string_view says :
       {"HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n"}) {
    Plain to(says);
    EXPECT_EQ(Secured::until_done([&] { return to.transport.handshake(); }), -EPROTO);
    EXPECT_EQ(to.transport.tls().fault(), TlsFault::not_tls) << says;
    EXPECT_FALSE(to.transport.has_ended());
  }
  Plain to("");
  EXPECT_EQ(Secured::until_done([&] { return to.transport.handshake(); }), -EPROTO);
  EXPECT_EQ(to.transport.tls().fault(), TlsFault::none);
  EXPECT_TRUE(to.transport.has_ended());
}

TEST(Tls, AFaultStaysTheReason) {
  Plain to("HTTP/1.1 400 Bad Request\r\n\r\n");
  EXPECT_EQ(Secured::until_done([&] { return to.transport.handshake(); }), -EPROTO);
  char byte;
  EXPECT_LT(to.transport.send("more", 4), 0);
  EXPECT_EQ(to.transport.receive(&byte, 1), -EPROTO);
  EXPECT_EQ(to.transport.tls().fault(), TlsFault::not_tls);
  EXPECT_EQ(to.transport.send_end(), 0);  // the FIN alone
}

TEST(Tls, AResetIsAnErrno) {
  TlsContext context;
  Loop loop;
  Transport transport(loop);
  Ends ends = connected_ends();
  transport.open(ends.first);
  transport.secure(context, {.name = "localhost"});
  reset(ends.other);
  EXPECT_EQ(Secured::until_done([&] { return transport.handshake(); }), -ECONNRESET);
  EXPECT_EQ(transport.tls().fault(), TlsFault::none);
}

TEST(Tls, ACloseNotifyIsAnEndAndAFinAloneIsACut) {
  for (const bool notify : {true, false}) {
    const auto context = trusting_client();
    std::atomic<bool> may_close = !notify;
    Secured to(context, {}, [&](SSL* ssl) {
      read_some(ssl);
      write_all(ssl, "answer");
      if (notify) SSL_shutdown(ssl);
      while (!may_close) std::this_thread::sleep_for(1ms);
    });
    ASSERT_EQ(to.handshake(), 0);
    to.say(question);
    EXPECT_EQ(to.heard(), "answer");
    EXPECT_FALSE(to.transport.has_ended());
    EXPECT_EQ(to.receive(), 0);
    EXPECT_TRUE(to.transport.has_ended());
    EXPECT_EQ(to.transport.is_cut(), !notify);
    EXPECT_EQ(to.transport.has_fin(), !notify);
    if (notify) {
      EXPECT_EQ(to.transport.receive(to.buffer.data(), 1), -EAGAIN);
    }
    may_close = true;
    EXPECT_EQ(to.receive(), 0);
    EXPECT_TRUE(to.transport.has_fin());
    EXPECT_EQ(to.transport.is_cut(), !notify);
  }
}

// The other end's view.
TEST(Tls, CloseSendsACloseNotifyAndAResetNone) {
  for (const bool with_reset : {false, true}) {
    const auto context = trusting_client();
    int error = 0;
    {
      Secured to(context, {}, [&](SSL* ssl) {
        write_all(ssl, read_some(ssl));
        char byte;
        error = SSL_get_error(ssl, SSL_read(ssl, &byte, 1));
      });
      ASSERT_EQ(to.handshake(), 0);
      to.say(question);
      EXPECT_EQ(to.heard(), question);  // with session tickets unread close() would send RST, too
      if (with_reset) to.transport.reset_at_close();
      to.transport.close();
    }
    EXPECT_EQ(error, with_reset ? SSL_ERROR_SYSCALL : SSL_ERROR_ZERO_RETURN);
  }
}

TEST(Tls, AnEndOfOnesOwnLeavesTheOtherDirectionOpen) {
  const auto context = trusting_client();
  Secured to(context, {}, [](SSL* ssl) {
    while (!read_some(ssl).empty()) {
    }
    EXPECT_EQ(SSL_get_shutdown(ssl), SSL_RECEIVED_SHUTDOWN);
    write_all(ssl, "answer");
    SSL_shutdown(ssl);
  });
  ASSERT_EQ(to.handshake(), 0);
  to.say(question, true);
  EXPECT_EQ(to.transport.send_end(), 0);
  EXPECT_TRUE(to.transport.has_ended_first());
  EXPECT_EQ(to.heard(), "answer");
  EXPECT_EQ(to.receive(), 0);
  EXPECT_FALSE(to.transport.is_cut());
}

TEST(Tls, BytesThatAreDecryptedKeepTheSocketReady) {
  const auto context = trusting_client();
  const std::string record(10'000, 'x');
  Secured to(context, {}, [&](SSL* ssl) {
    write_all(ssl, record);
    read_some(ssl);
  });
  ASSERT_EQ(to.handshake(), 0);
  std::string all;
  char part[1000];
  while (all.size() < record.size()) {
    const auto size = Secured::until_done([&] { return to.transport.receive(part, sizeof part); });
    ASSERT_GT(size, 0);
    all.append(part, static_cast<std::size_t>(size));
    if (all.size() < record.size()) {
      EXPECT_TRUE(to.transport.socket().has_bytes());
      EXPECT_FALSE(to.transport.is_silent());
      EXPECT_FALSE(to.transport.has_unread());  // the kernel has none
    }
  }
  EXPECT_EQ(all, record);
  EXPECT_EQ(to.transport.receive(part, sizeof part), -EAGAIN);
  EXPECT_FALSE(to.transport.socket().has_bytes());
  EXPECT_TRUE(to.transport.is_silent());
}

TEST(Tls, TheWireIsCountedNotTheProtocol) {
  const auto context = trusting_client();
  Secured to(context, {}, echo);
  EXPECT_EQ(to.transport.handed_over(), 0u);
  ASSERT_EQ(to.handshake(), 0);
  const auto before = to.transport.handed_over();
  EXPECT_GT(before, 100u);
  to.say(question);
  EXPECT_GT(to.transport.handed_over(), before + question.size());
  EXPECT_EQ(to.heard(), question);
  EXPECT_TRUE(to.transport.is_taken());
  EXPECT_TRUE(to.transport.is_on_the_wire());
}

TEST(Tls, LastBytesWaitForTheEnd) {
  const auto context = trusting_client();
  Secured to(context, {}, [](SSL* ssl) { read_some(ssl); });
  ASSERT_EQ(to.handshake(), 0);
  to.say(question, true);
#ifdef __linux__
  EXPECT_FALSE(to.transport.is_on_the_wire());
#endif
  EXPECT_EQ(to.transport.send_end(), 0);
  EXPECT_TRUE(to.transport.is_on_the_wire());
}

// More than the kernel takes: whoever goes on with the same bytes loses none.
TEST(Tls, ManyBytesGoInParts) {
  const auto context = trusting_client();
  std::string all(20'000'000, ' '), got;
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<char>('a' + i * i % 23);
  std::atomic<bool> may_read = false;
  {
    Secured to(context, {}, [&](SSL* ssl) {
      while (!may_read) std::this_thread::sleep_for(1ms);
      while (got.size() < all.size()) {
        const auto part = read_some(ssl);
        if (part.empty()) break;
        got += part;
      }
      write_all(ssl, "ok");
    });
    ASSERT_EQ(to.handshake(), 0);
    constexpr std::size_t head = 1000;
    std::size_t sent = 0;
    bool was_full = false;
    while (sent < all.size()) {
      // As a request with a large body.
      const auto rest = std::string_view(all).substr(sent);
      const auto size =
          sent < head ? to.transport.send(rest.substr(0, head - sent), rest.substr(head - sent))
                      : to.transport.send(rest.data(), rest.size());
      if (size == -EAGAIN) {
        was_full = may_read = true;
        EXPECT_EQ(to.transport.to_send(), Event::room);
        std::this_thread::sleep_for(1ms);
        continue;
      }
      ASSERT_GT(size, 0);
      sent += static_cast<std::size_t>(size);
    }
    EXPECT_TRUE(was_full);
    EXPECT_EQ(to.heard(), "ok");
  }
  EXPECT_EQ(got, all);
}

TEST(Tls, ASessionTicketAloneIsNoByte) {
  const auto context = trusting_client();
  std::atomic<bool> may_write = false;
  Secured to(context, server_of_version(TLS1_3_VERSION), [&](SSL* ssl) {
    read_some(ssl);
    write_all(ssl, "answer");
    while (!may_write) std::this_thread::sleep_for(1ms);
    SSL_new_session_ticket(ssl);
    SSL_do_handshake(ssl);
    read_some(ssl);
  });
  ASSERT_EQ(to.handshake(), 0);
  to.say(question);
  EXPECT_EQ(to.heard(), "answer");
  EXPECT_TRUE(to.transport.is_silent());
  may_write = true;
  EXPECT_EQ(Secured::until_done([&] { return to.transport.has_unread() ? 0 : -EAGAIN; }), 0);
  EXPECT_FALSE(to.transport.is_silent());
  EXPECT_EQ(to.transport.receive(to.buffer.data(), to.buffer.size()), -EAGAIN);
  EXPECT_FALSE(to.transport.has_unread());
  EXPECT_FALSE(to.transport.has_ended());
}

TEST(Tls, AKeyUpdateAndARenegotiationDisturbNobody) {
  const auto context = trusting_client();
  {
    Secured to(context, server_of_version(TLS1_3_VERSION), [](SSL* ssl) {
      read_some(ssl);
      SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED);
      write_all(ssl, "answer");
      echo(ssl);
    });
    ASSERT_EQ(to.handshake(), 0);
    to.say(question);
    EXPECT_EQ(to.heard(), "answer");
    to.say("again");
    EXPECT_EQ(to.heard(), "again");
  }
  Secured to(context, server_of_version(TLS1_2_VERSION), [](SSL* ssl) {
    read_some(ssl);
    SSL_renegotiate(ssl);
    SSL_do_handshake(ssl);
    write_all(ssl, "answer");
    echo(ssl);
  });
  ASSERT_EQ(to.handshake(), 0);
  to.say(question);
  EXPECT_EQ(to.heard(), "answer");
  // It waits for the new handshake.
  EXPECT_EQ(to.say("again"), -EAGAIN);
  EXPECT_EQ(to.transport.to_send(), Event::bytes);
  EXPECT_EQ(Secured::until_done([&] {
              EXPECT_EQ(to.transport.receive(to.buffer.data(), to.buffer.size()), -EAGAIN);
              return to.say("again");
            }),
            5);
  EXPECT_EQ(to.heard(), "again");
}

// All connections to one server, so that it knows its tickets.
TEST(Tls, ASessionIsResumedIfThatIsWanted) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const auto context = trusting_client();
    std::array<unsigned char, 80> keys{};  // of tickets
    auto role = server_of_version(version);
    const auto set_version = role.set_up;
    role.set_up = [&](SSL_CTX* made) {
      set_version(made);
      SSL_CTX_set_tlsext_ticket_keys(made, keys.data(), keys.size());
    };
    TlsSession session;
    for (const bool resume : {true, true, false, true}) {
      const bool has_session(session);
      Secured to(context, role, echo, {"localhost", &session, resume});
      ASSERT_EQ(to.handshake(), 0);
      EXPECT_EQ(to.transport.tls().is_resumed(), resume && has_session);
      to.say(question);
      EXPECT_EQ(to.heard(), question);  // with TLS 1.3 the ticket came before
      EXPECT_TRUE(session);
      if (resume) to.transport.reset_at_close();  // a connection without a close_notify
    }
  }
}

TEST(Tls, AWriteToWhomHasResetRaisesNoSignal) {
  std::signal(SIGPIPE, SIG_DFL);
  const auto context = trusting_client();
  Secured to(context, {}, [&](SSL* ssl) {
    read_some(ssl);
    int descriptor = SSL_get_fd(ssl);
    const linger at_once{1, 0};
    ::setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::shutdown(descriptor, SHUT_RD);
  });
  std::signal(SIGPIPE, SIG_DFL);
  ASSERT_EQ(to.handshake(), 0);
  to.say(question);
  ssize_t size = 0;
  for (int i = 0; i < 1000 && size >= 0; ++i, std::this_thread::sleep_for(1ms))
    size = to.say("more");
  EXPECT_LT(size, 0);
  EXPECT_NE(size, -EAGAIN);
  std::signal(SIGPIPE, SIG_IGN);
}

}  // namespace
}  // namespace tws::io
