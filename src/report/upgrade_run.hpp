// Files of older programs.
#pragma once

#include <boost/json/object.hpp>

namespace tws {

// What hammer/1 said, as hammer/2 says it. Throws where it is damaged. What it did not have is as
// it is by default: headers and body, --wait-drain, the list of reserved ports; its samples had two
// percentiles and no latencies.
void upgrade_from_1(boost::json::object& root);

}  // namespace tws
