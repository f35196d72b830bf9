#include "vectors.hpp"

#include <boost/algorithm/hex.hpp>
#include <boost/json/parse.hpp>

#include <fstream>
#include <iterator>

namespace tws {

boost::json::value read_vectors(const std::string& name) {
  std::ifstream file(TWS_VECTORS "/" + name);
  if (!file) return nullptr;
  return boost::json::parse(
      std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()));
}

std::string text_of(const boost::json::value& value) {
  return std::string(value.as_string());
}

std::string from_hex(const boost::json::value& hex) {
  return boost::algorithm::unhex(text_of(hex));
}

}  // namespace tws
