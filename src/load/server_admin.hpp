// Queries the admin listener of a tws-server.
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

// Parses the response of /census. Throws std::exception with a text that says what is wrong.
ServerView parse_server_view(std::string_view json);

class ServerAdmin {
 public:
  struct Answer {
    std::optional<ServerView> view;
    std::string failure;  // the reason, if there is no view
  };

  // Throws UsageError for a bad URL, RunError for an unknown name.
  explicit ServerAdmin(const std::string& url);
  ServerAdmin(const ServerAdmin&) = delete;
  ServerAdmin& operator=(const ServerAdmin&) = delete;

  // Takes a second at most.
  Answer ask();
  // The same without waiting: `on_answer` is called by the thread that runs `io`, also after
  // cancel(). One query at a time.
  void ask(asio::io_context& io, std::function<void(Answer)> on_answer);
  bool is_asking() const { return under_way_ != nullptr; }
  void cancel();

 private:
  std::string request_;
  std::vector<tcp::endpoint> endpoints_;
  boost::beast::basic_stream<tcp, Executor>* under_way_ = nullptr;
};

}  // namespace tws::load
