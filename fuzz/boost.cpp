// As much of Asio and Beast as the targets call: all of it takes longer to compile than the rest
// together.
#define BOOST_ASIO_SOURCE   // <boost/asio/impl/src.hpp>
#define BOOST_BEAST_SOURCE  // <boost/beast/src.hpp>

#include <boost/asio/detail/impl/socket_ops.ipp>
#include <boost/asio/detail/impl/throw_error.ipp>
#include <boost/asio/impl/error.ipp>
#include <boost/asio/ip/detail/impl/endpoint.ipp>
#include <boost/asio/ip/impl/address.ipp>
#include <boost/asio/ip/impl/address_v4.ipp>
#include <boost/asio/ip/impl/address_v6.ipp>
#include <boost/beast/core/impl/string.ipp>
#include <boost/beast/http/detail/basic_parser.ipp>
#include <boost/beast/http/detail/rfc7230.ipp>
#include <boost/beast/http/impl/basic_parser.ipp>
#include <boost/beast/http/impl/error.ipp>
#include <boost/beast/http/impl/field.ipp>
#include <boost/beast/http/impl/rfc7230.ipp>
#include <boost/beast/http/impl/status.ipp>
#include <boost/beast/http/impl/verb.ipp>
