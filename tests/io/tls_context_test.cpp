#include "io/tls.hpp"
#include "tls_peer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tws::io {
namespace {

using testing::HasSubstr;

std::string path(const std::string& file) {
  return certificates().path(file);
}

TEST(TlsContext, TakesACertificateWithItsKey) {
  for (const std::string name : {"server", "rsa"}) {
    TlsContext context;
    EXPECT_EQ(context.use_certificate(path(name + ".pem")), "");
    EXPECT_EQ(context.use_key(path(name + ".key")), "");
  }
}

TEST(TlsContext, SaysWhatIsWrongWithAFile) {
  certificates().write("empty", "");
  certificates().write("text", "hello\n");
  TlsContext context;
  EXPECT_THAT(context.use_certificate(path("missing")),
              HasSubstr("can't be read: no such file or directory"));
  EXPECT_THAT(context.use_certificate(path("empty")), HasSubstr("is empty"));
  EXPECT_THAT(context.use_certificate(path("")), HasSubstr("is a folder"));
  EXPECT_THAT(context.use_certificate(path("text")), HasSubstr("has no certificate in PEM"));
  EXPECT_THAT(context.trust(path("missing")), HasSubstr("can't be read"));
  EXPECT_THAT(context.trust(path("empty")), HasSubstr("is empty"));
  EXPECT_THAT(context.trust(path("text")), HasSubstr("has no certificate in PEM"));
  EXPECT_THAT(context.use_key(path("missing")), HasSubstr("can't be read"));
  EXPECT_THAT(context.use_key(path("empty")), HasSubstr("is empty"));
  EXPECT_THAT(context.use_key(path("text")), HasSubstr("has no key in PEM"));
  EXPECT_EQ(context.trust(path("ca.pem")), "");
  EXPECT_EQ(context.trust(path("")), "");
  EXPECT_EQ(context.trust_system(), "");
}

TEST(TlsContext, AKeyMustFitItsCertificate) {
  TlsContext context;
  ASSERT_EQ(context.use_certificate(path("server.pem")), "");
  EXPECT_THAT(context.use_key(path("other.key")), HasSubstr("is not the key of the certificate"));
  EXPECT_THAT(context.use_key(path("rsa.key")), HasSubstr("is not the key of the certificate"));
  EXPECT_EQ(context.use_key(path("server.key")), "");
}

TEST(TlsContext, KnowsCiphersAndGroups) {
  TlsContext context;
  EXPECT_EQ(context.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256"), "");
  EXPECT_NE(context.set_ciphers("ROT13"), "");
  EXPECT_EQ(context.set_tls13_ciphers("TLS_AES_128_GCM_SHA256"), "");
  EXPECT_NE(context.set_tls13_ciphers("TLS_ROT13"), "");
  EXPECT_EQ(context.set_groups("X25519:P-256"), "");
  EXPECT_NE(context.set_groups("P-4711"), "");
}

}  // namespace
}  // namespace tws::io
