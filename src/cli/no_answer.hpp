// What a run was told instead of an answer.
#pragma once

#include "tws/measure/run.hpp"

#include <string>

namespace tws {

// "https://localhost:8443/: the server's certificate is self-signed: --cacert FILE trusts ...";
// empty if something was answered, or TLS was not the reason.
std::string tls_never_worked(const Run& run);

// The same, or "no connection to 127.0.0.1:3779 succeeded: connection refused"; empty if one did.
std::string no_answer(const Run& run);

}  // namespace tws
