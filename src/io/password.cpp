#include "io/password.hpp"

#include <csignal>
#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

namespace tws::io {
namespace {

void say(int terminal, std::string_view text) {
  static_cast<void>(!::write(terminal, text.data(), text.size()));
}

enum class Ending { line, end_of_file, interrupt };

// Byte by byte, as the terminal no longer edits the line, and keys send no signals.
Ending read_line(int terminal, std::string& line) {
  constexpr char ctrl_c = 3, ctrl_d = 4, ctrl_u = 21, backspace = 8, del = 127;
  for (;;) {
    char byte = 0;
    if (::read(terminal, &byte, 1) != 1) return Ending::end_of_file;
    if (byte == '\n' || byte == '\r') return Ending::line;
    if (byte == ctrl_c) return Ending::interrupt;
    if (byte == ctrl_d) return line.empty() ? Ending::end_of_file : Ending::line;
    const bool is_control = static_cast<unsigned char>(byte) < ' ' || byte == del;
    if (byte == ctrl_u)
      line.clear();
    else if (!is_control)
      line += byte;
    else if ((byte == backspace || byte == del) && !line.empty())
      line.pop_back();
  }
}

}  // namespace

std::optional<std::string> ask_password(std::string_view prompt) {
  const int terminal = ::open("/dev/tty", O_RDWR | O_CLOEXEC);
  if (terminal < 0) return {};
  termios before{};
  if (::tcgetattr(terminal, &before) != 0) {
    ::close(terminal);
    return {};
  }
  termios silent = before;
  silent.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON | ISIG);
  silent.c_cc[VMIN] = 1;
  silent.c_cc[VTIME] = 0;
  ::tcsetattr(terminal, TCSAFLUSH, &silent);
  say(terminal, prompt);
  std::string line;
  const Ending ending = read_line(terminal, line);
  ::tcsetattr(terminal, TCSAFLUSH, &before);
  say(terminal, "\n");
  ::close(terminal);
  if (ending == Ending::interrupt) ::raise(SIGINT);
  if (ending != Ending::line) return {};
  return line;
}

}  // namespace tws::io
