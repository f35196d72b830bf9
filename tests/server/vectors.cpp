#include "vectors.hpp"

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

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  return bytes;
}

}  // namespace tws
