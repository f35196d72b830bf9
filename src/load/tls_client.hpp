// TLS towards the targets: one context for the run, and what each worker keeps of its connections.
#pragma once

#include "io/transport.hpp"
#include "load/target.hpp"
#include "tws/measure/plan.hpp"
#include "tws/measure/tally.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace tws::load {

// As the plan wants it; null if no URL has https. A key with a password is asked for on the
// terminal unless the plan names a file. Throws UsageError for a bad option.
std::unique_ptr<const io::TlsContext> tls_context(const Plan& plan);

class TlsClient {
 public:
  // All of them outlive it.
  TlsClient(const Plan& plan, const std::vector<Target>& targets, const io::TlsContext* context);

  // For a new connection to the target with this number.
  void begin(io::Transport& transport, std::size_t target);
  // Its handshake is complete.
  void count(const io::Transport& transport, std::size_t target, ConnectionTally& tally);

 private:
  struct Agreed {
    std::size_t target;
    io::TlsAgreedIds ids;
    bool operator==(const Agreed&) const = default;
  };

  bool resumes_next();

  const io::TlsContext* context_;
  double resume_;                   // share of connections
  std::uint64_t begun_ = 0;         // connections
  std::vector<io::TlsPeer> peers_;  // by target
  std::vector<io::TlsSession> sessions_;
  std::vector<Agreed> agreed_;  // as ConnectionTally::tls_used
};

}  // namespace tws::load
