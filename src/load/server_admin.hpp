// Asks a tws-server's admin listener what it sees of itself.
#pragma once

#include "load/target.hpp"
#include "system/server_view.hpp"
#include "tws/support/asio.hpp"

#include <boost/beast/core/basic_stream.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tws::load {

// Reads what /census answers. Throws std::exception, whose text says what is wrong with it.
ServerView parse_server_view(std::string_view json);

class ServerAdmin {
 public:
  struct Answer {
    std::optional<ServerView> view;
    std::string failure;  // why there is none, in words
  };

  // Throws UsageError for a URL that is none, RunError for a name that is unknown.
  explicit ServerAdmin(const std::string& url);
  ServerAdmin(const ServerAdmin&) = delete;
  ServerAdmin& operator=(const ServerAdmin&) = delete;

  // Takes a second at most.
  Answer ask();
  // The same without waiting for it: `on_answer` is called by the thread that runs `io`, also after
  // cancel(). One at a time.
  void ask(asio::io_context& io, std::function<void(Answer)> on_answer);
  bool is_asking() const { return under_way_ != nullptr; }
  void cancel();

 private:
  std::string request_;
  std::vector<tcp::endpoint> endpoints_;
  boost::beast::basic_stream<tcp, Executor>* under_way_ = nullptr;
};

}  // namespace tws::load
