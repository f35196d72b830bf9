// JSON whose numbers are read as they were printed.
#pragma once

#include <boost/json/value.hpp>

#include <string_view>

namespace tws {

// As boost::json::parse(), but a number is the double nearest to it: Boost.JSON's own may be off by
// a few of the last bits (1.81; newer versions take parse_options::numbers for it).
boost::json::value parse_exactly(std::string_view text, boost::system::error_code& error);

}  // namespace tws
