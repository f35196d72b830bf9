#include "tws/measure/plan.hpp"

namespace tws {

std::string_view name(CloseBy close_by) {
  switch (close_by) {
    case CloseBy::server: return "server";
    case CloseBy::client: return "client";
    case CloseBy::reset: return "reset";
  }
  return {};
}

std::string_view name(PortChoice choice) {
  switch (choice) {
    case PortChoice::kernel: return "kernel";
    case PortChoice::rotate: return "rotate";
  }
  return {};
}

}  // namespace tws
