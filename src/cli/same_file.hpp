// Whether two paths mean one file, however they are spelt.
#pragma once

#include <string>

namespace tws {

// Device and inode; where there is no file yet, the path without links and dots. "-" is itself.
std::string identity_of(const std::string& path);

// Of the file that stdout goes to; "-" where that is none: a terminal, a pipe.
std::string identity_of_stdout();

}  // namespace tws
