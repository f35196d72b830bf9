// Text for a terminal of some width.
#pragma once

#include <string>
#include <string_view>

namespace tws {

// Breaks lines of more than `width` columns between words, and indents what follows. A word that is
// longer stays whole. Lines of a command that go on behind a backslash stay as they are.
std::string fitted(std::string_view text, int width);

// A command for a shell, broken between its words with backslashes.
std::string shell_lines(std::string_view command, int width);

}  // namespace tws
