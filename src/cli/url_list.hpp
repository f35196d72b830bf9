// The list of --urls: a line for each request that takes turns.
#pragma once

#include "cli/values.hpp"
#include "tws/measure/plan.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tws {

using ReadBody = std::function<Body(const std::string& path)>;  // throws UsageError

// `[weight] [METHOD] URL [@BODYFILE]` each; empty lines and what begins with # are left out. A
// method that is not there is empty, and `plan_body` means that the line takes one. `name` is the
// file's. Throws UsageError that names the line.
std::vector<Line> parse_url_list(std::string_view text, std::string_view name,
                                 const ReadBody& read_body);

// Makes such lines complete: `method` is for those without one; `has_body`: the plan has one.
void complete(std::vector<Line>& lines, const Word& method, bool has_body);

}  // namespace tws
