// What certificates say, in words.
#pragma once

#include <openssl/types.h>

#include <cstdint>
#include <string>

namespace tws::io {

// "CN=localhost,O=Example"
std::string name_words(const X509_NAME* name);
// "ECDSA P-256", "RSA 2048 bits"; empty without a key
std::string key_words(EVP_PKEY* key);
// Why the certificate that is being verified is not accepted: a date, its issuer, its names, or
// OpenSSL's words.
std::string refusal_words(X509_STORE_CTX* chain);
// Of the signature, which no two certificates share; 0 without a certificate.
std::uint32_t hash_of(const X509* certificate);

}  // namespace tws::io
