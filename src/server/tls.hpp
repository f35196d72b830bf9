// What OpenSSL needs to accept TLS connections.
#pragma once

#include "io/openssl.hpp"
#include "io/tls.hpp"
#include "tws/server/tls.hpp"

#include <string_view>
#include <vector>

namespace tws::server {

// Throws UsageError with one line that names the option and the file that can't be used.
io::TlsContext context_of(const ServerTls& tls);

// At least one. Throws UsageError.
std::vector<io::Certificate> certificates_in(const PemFile& file, std::string_view option);

}  // namespace tws::server
