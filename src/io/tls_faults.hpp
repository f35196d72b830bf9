// What OpenSSL's errors mean.
#pragma once

#include "tws/support/tls_fault.hpp"

#include <string>
#include <utility>

struct ssl_st;

namespace tws::io {

// The error of a call that has just failed, taken from OpenSSL's queue, with OpenSSL's words. None
// where the peer has ended the connection.
std::pair<TlsFault, std::string> taken_tls_fault(const ssl_st* ssl);
// The peer's certificate was not accepted here.
bool is_of_certificate(TlsFault fault);

}  // namespace tws::io
