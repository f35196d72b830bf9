// Certificates and the other end of a TLS connection, for tests: OpenSSL alone, on a thread and a
// blocking socket of its own.
#pragma once

#include <openssl/ssl.h>

#include <functional>
#include <string>
#include <thread>

namespace tws::io {

// A folder of PEM files that is removed at the end.
class Certificates {
 public:
  Certificates();
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;
  ~Certificates();

  std::string path(const std::string& file) const { return folder_ + '/' + file; }
  // Makes NAME.pem and NAME.key. Valid from `from` to `until`, in seconds from now. Signed by the
  // authority ca.pem, unless `self_signed`. `host`: "DNS:localhost,IP:127.0.0.1".
  struct Wanted {
    std::string name, host = "DNS:localhost,IP:127.0.0.1";
    long from = -3600, until = 3600;
    bool self_signed = false, authority = false, rsa = false;
  };
  void make(const Wanted& wanted);
  void write(const std::string& file, const std::string& text) const;

 private:
  std::string folder_;
};

// Certificates that all tests of a program share: ca, server, other (of another host), expired,
// early, self (self-signed), rsa, client.
const Certificates& certificates();

class OtherEnd {
 public:
  // Runs `behave` after the handshake, whatever became of that. `set_up` prepares the context. It
  // owns the descriptor.
  struct Role {
    bool server = true;
    std::string certificate = "server";  // of certificates(); empty: none
    std::function<void(SSL_CTX*)> set_up = [](SSL_CTX*) {};
  };
  OtherEnd(int descriptor, const Role& role, std::function<void(SSL*)> behave);
  OtherEnd(const OtherEnd&) = delete;
  OtherEnd& operator=(const OtherEnd&) = delete;
  ~OtherEnd();  // waits for its end

 private:
  std::thread thread_;
};

}  // namespace tws::io
