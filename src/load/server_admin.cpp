#include "load/server_admin.hpp"

#include "support/units.hpp"
#include "tws/support/errors.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>
#include <fmt/format.h>

#include <cmath>
#include <exception>
#include <limits>
#include <stdexcept>
#include <utility>

namespace tws::load {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
namespace json = boost::json;

using Stream = beast::basic_stream<tcp, Executor>;

constexpr std::chrono::seconds patience{1};
constexpr std::chrono::milliseconds patience_for_fin{100};  // hammer loses nothing if no FIN comes
constexpr std::size_t largest_answer = 1024 * 1024;
constexpr std::uint32_t largest_head = 8 * 1024;

// Throws if the value is missing, null or of another type. Removes control characters from texts,
// because they are printed on a terminal.
template <typename T>
T get(const json::value& from) {
  if constexpr (std::is_same_v<T, std::string>) {
    return one_line(json::value_to<std::string>(from));
  } else if constexpr (std::is_floating_point_v<T>) {
    const double number = from.to_number<double>();
    if (!std::isfinite(number) || number < 0)
      throw std::out_of_range("a time is negative or too large");
    return number;
  } else {
    return json::value_to<T>(from);
  }
}

const json::value& at(const json::object& from, std::string_view key) {
  if (const auto* value = from.if_contains(key)) return *value;
  throw std::out_of_range(fmt::format("no \"{}\"", key));
}

template <typename T>
T get(const json::object& from, std::string_view key) {
  return get<T>(at(from, key));
}

Counters counters_of(const json::object& from) {
  constexpr std::int64_t most = std::int64_t{1} << 62;  // so that differences do not overflow
  Counters counters;
  for (const auto& [name, value] : from) {
    const auto count = get<std::int64_t>(value);
    if (count > most || count < -most) throw std::out_of_range("a counter is too large");
    counters[std::string(name)] = count;
  }
  return counters;
}

template <typename T>
std::optional<T> get_if_known(const json::object& from, std::string_view key) {
  const json::value& value = at(from, key);
  return value.is_null() ? std::nullopt : std::optional(get<T>(value));
}

StateCounts states_of(const json::object& from) {
  StateCounts counts;
  for (const TcpState state : tcp_states) counts[state] = get<std::uint64_t>(from, name(state));
  return counts;
}

std::optional<Census> census_of(const json::value& from) {
  if (from.is_null()) return {};
  Census census;
  census.client = states_of(at(from.as_object(), "client").as_object());
  census.server = states_of(at(from.as_object(), "server").as_object());
  return census;
}

int thread_id(std::string_view text) {
  const auto id = parse_number(text, std::numeric_limits<int>::max());
  if (!id) throw std::out_of_range("a thread id is not a number");
  return static_cast<int>(*id);
}

std::optional<ProcessUse> process_of(const json::value& from) {
  if (from.is_null()) return {};
  const json::object& object = from.as_object();
  ProcessUse use;
  use.name = get<std::string>(object, "name");
  use.started = get<std::uint64_t>(object, "started");
  use.cpu_seconds = get<double>(object, "cpuSeconds");
  for (const auto& [thread, seconds] : at(object, "threadSeconds").as_object())
    use.thread_seconds[thread_id(thread)] = get<double>(seconds);
  use.open_files = get_if_known<std::uint64_t>(object, "openFiles");
  use.open_file_limit = get_if_known<std::uint64_t>(object, "openFileLimit");
  return use;
}

ServerView view_of(const json::object& from) {
  ServerView view;
  view.version = get<std::string>(from, "version");
  view.pid = get<int>(from, "pid");
  view.uptime = get<double>(from, "uptimeSeconds");
  view.boot = get_if_known<std::string>(from, "boot").value_or("");
  view.network = get_if_known<std::string>(from, "network").value_or("");
  view.sockets = census_of(at(from, "sockets"));
  view.process = process_of(at(from, "process"));
  const json::object& machine = at(from, "machine").as_object();
  view.machine_cpu_seconds = get_if_known<double>(machine, "cpuSeconds");
  view.machine_cpus = get<unsigned>(machine, "cores");
  const json::object& limits = at(from, "limits").as_object();
  view.limits.somaxconn = get_if_known<std::uint64_t>(limits, "somaxconn");
  view.limits.syn_backlog = get_if_known<std::uint64_t>(limits, "synBacklog");
  view.limits.max_time_wait = get_if_known<std::uint64_t>(limits, "maxTimeWait");
  view.counters = counters_of(at(from, "counters").as_object());
  return view;
}

// Boost.Beast's error messages are for programmers.
std::string words_for(error_code error) {
  if (error == beast::error::timeout) return "no answer in a second";
  if (error == http::error::end_of_stream) return "it closed the connection";
  if (error == http::error::partial_message) return "its answer ended too early";
  if (error == http::error::body_limit) return "its answer is larger than 1 MiB";
  if (error == http::error::header_limit)
    return "its answer is too large: a head of more than 8 KiB";
  if (error.category() == http::make_error_code(http::error::bad_version).category())
    return "its answer is not HTTP";
  return error.category() == boost::system::system_category() ? errno_text(error.value())
                                                              : error.message();
}

std::string words_for(std::exception_ptr failure) {
  try {
    std::rethrow_exception(std::move(failure));
  } catch (const boost::system::system_error& error) {
    return words_for(error.code());
  } catch (const std::exception& error) {
    return error.what();
  }
}

asio::awaitable<ServerView, Executor> get_view(const std::string& request,
                                               const std::vector<tcp::endpoint>& endpoints,
                                               Stream*& under_way) {
  constexpr asio::use_awaitable_t<Executor> wait{};
  Stream stream(co_await asio::this_coro::executor);
  under_way = &stream;
  stream.expires_after(patience);
  co_await stream.async_connect(endpoints, wait);
  co_await asio::async_write(stream, asio::buffer(request), wait);
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(largest_answer);
  parser.header_limit(largest_head);
  co_await http::async_read(stream, buffer, parser, wait);
  if (parser.get().result_int() != 200)
    throw std::runtime_error(fmt::format("it answers with status {}", parser.get().result_int()));
  // The server closes first, as requested, so this machine keeps no TIME_WAIT. After a response
  // without a length the server has already closed, and another wait would only time out.
  error_code end;
  stream.expires_after(patience_for_fin);
  if (!parser.get().keep_alive() && !parser.get().need_eof())
    co_await stream.async_read_some(buffer.prepare(1), asio::redirect_error(wait, end));
  co_return parse_server_view(parser.get().body());
}

}  // namespace

ServerView parse_server_view(std::string_view text) {
  error_code error;
  const json::value value = json::parse({text.data(), text.size()}, error);
  if (error) throw std::runtime_error("its answer is not JSON");
  const json::object* root = value.if_object();
  const json::value* schema = root ? root->if_contains("schema") : nullptr;
  if (!schema || *schema != "tws-server/1")
    throw std::runtime_error("its answer has no \"schema\": \"tws-server/1\"");
  try {
    return view_of(*root);
  } catch (const boost::system::system_error& failure) {  // its what() names a source line of Boost
    throw std::runtime_error("its answer is damaged: " + failure.code().message());
  } catch (const std::exception& failure) {
    throw std::runtime_error(fmt::format("its answer is damaged: {}", failure.what()));
  }
}

ServerAdmin::ServerAdmin(const std::string& url) {
  Target target = parse_server_admin(url);
  target.path = "/census";
  error_code error;
  if (const auto address = asio::ip::make_address(target.host, error); !error) {
    endpoints_.emplace_back(address, target.port);
  } else {
    asio::io_context io{1};
    asio::ip::basic_resolver<tcp, Executor> resolver{io};
    for (const auto& entry : resolver.resolve(target.host, std::to_string(target.port),
                                              tcp::resolver::numeric_service, error))
      endpoints_.push_back(entry.endpoint());
    if (error)
      throw RunError(
          fmt::format("--server-admin: cannot resolve '{}': {}", target.host, error.message()));
  }
  request_ = serialise_head(Plan{}, target, true);
}

ServerAdmin::Answer ServerAdmin::ask() {
  asio::io_context io{1};
  Answer answer;
  ask(io, [&](Answer got) { answer = std::move(got); });
  io.run();
  return answer;
}

void ServerAdmin::ask(asio::io_context& io, std::function<void(Answer)> on_answer) {
  asio::co_spawn(
      io.get_executor(), get_view(request_, endpoints_, under_way_),
      [this, on_answer = std::move(on_answer)](std::exception_ptr failure, ServerView view) {
        under_way_ = nullptr;
        if (failure)
          on_answer({{}, words_for(std::move(failure))});
        else
          on_answer({std::move(view), {}});
      });
}

void ServerAdmin::cancel() {
  if (under_way_) under_way_->cancel();
}

}  // namespace tws::load
