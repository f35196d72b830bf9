// Test vectors written by others: ../shared/vectors beside the project, whose README has their
// licences. They are read there; where they are not, the tests that use them are skipped.
#pragma once

#include <boost/json/value.hpp>

#include <string>

namespace tws {

// The file's JSON; null where there is none.
boost::json::value read_vectors(const std::string& name);

std::string text_of(const boost::json::value& value);
std::string from_hex(const boost::json::value& hex);

}  // namespace tws
