// How a text may look on the stream that it is for; terminal.hpp decides.
#pragma once

namespace tws {

struct TextStyle {
  bool colour = false;   // ANSI escape sequences
  bool unicode = false;  // bars from block characters; else from ASCII
  int width = 80;        // columns that charts and the progress line may take
  bool brief = false;    // summary and verdict only
};

}  // namespace tws
