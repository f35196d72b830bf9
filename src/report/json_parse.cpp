#include "report/json_parse.hpp"

#include <boost/json/array.hpp>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value_stack.hpp>

#include <cstdlib>
#include <string>

namespace tws {
namespace {

namespace json = boost::json;
using boost::system::error_code;

// What json::parser does with the parts of a text, but for on_double().
struct Handler {
  static constexpr std::size_t max_object_size = json::object::max_size();
  static constexpr std::size_t max_array_size = json::array::max_size();
  static constexpr std::size_t max_key_size = json::string::max_size();
  static constexpr std::size_t max_string_size = json::string::max_size();

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code&) { return true; }
  bool on_object_end(std::size_t size, error_code&) { return stack.push_object(size), true; }
  bool on_array_begin(error_code&) { return true; }
  bool on_array_end(std::size_t size, error_code&) { return stack.push_array(size), true; }
  bool on_key_part(json::string_view text, std::size_t, error_code&) {
    return stack.push_chars(text), true;
  }
  bool on_key(json::string_view text, std::size_t, error_code&) {
    return stack.push_key(text), true;
  }
  bool on_string_part(json::string_view text, std::size_t, error_code&) {
    return stack.push_chars(text), true;
  }
  bool on_string(json::string_view text, std::size_t, error_code&) {
    return stack.push_string(text), true;
  }
  bool on_number_part(json::string_view, error_code&) { return true; }
  bool on_int64(std::int64_t number, json::string_view, error_code&) {
    return stack.push_int64(number), true;
  }
  bool on_uint64(std::uint64_t number, json::string_view, error_code&) {
    return stack.push_uint64(number), true;
  }
  // All of the text is parsed at once, so that this is all of the number.
  bool on_double(double, json::string_view text, error_code&) {
    return stack.push_double(std::strtod(std::string(text).c_str(), nullptr)), true;
  }
  bool on_bool(bool value, error_code&) { return stack.push_bool(value), true; }
  bool on_null(error_code&) { return stack.push_null(), true; }
  bool on_comment_part(json::string_view, error_code&) { return true; }
  bool on_comment(json::string_view, error_code&) { return true; }

  json::value_stack stack;
};

}  // namespace

json::value parse_exactly(std::string_view text, error_code& error) {
  json::basic_parser<Handler> parser{json::parse_options{}};
  parser.handler().stack.reset();
  const std::size_t used = parser.write_some(false, text.data(), text.size(), error);
  if (!error && used < text.size()) error = json::error::extra_data;
  return error ? json::value() : parser.handler().stack.release();
}

}  // namespace tws
