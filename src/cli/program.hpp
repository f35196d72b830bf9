// What both programs do around their work.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace tws {

// The exit code of `work`: 2 where it ends in a UsageError, 1 in another exception, which is then
// said on stderr.
// `whose_help`: the command whose --help an error of usage points to; without it `name`.
int run_program(std::string_view name, const std::function<int()>& work,
                const std::function<std::string()>& whose_help = {});

}  // namespace tws
