// Asio as this project uses it: the executor's type is named, so nothing is type-erased on the way
// of a request, and one token turns every outcome into a value.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>

namespace tws {

namespace asio = boost::asio;
using boost::system::error_code;
using asio::ip::tcp;

using Clock = std::chrono::steady_clock;
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;
using Timer = asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, Executor>;

// A coroutine on one thread's io_context.
template <typename T = void>
using Task = asio::awaitable<T, Executor>;

// `auto [ec, n] = co_await socket.async_read_some(buffer, as_result);`
// An operation whose result owns something (an accepted socket) is named first and then bound by
// reference: a structured binding in a suspended frame would leak it if the frame is destroyed.
inline constexpr auto as_result = asio::as_tuple(asio::deferred);

}  // namespace tws
