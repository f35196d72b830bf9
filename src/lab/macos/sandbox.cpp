#include "lab/sandbox.hpp"

#include "tws/support/errors.hpp"

namespace tws::lab {

std::optional<std::string> permit_networks() {
  return "macOS has no network namespaces";
}

void enter_new_network() {
  throw RunError("macOS has no network namespaces");
}

bool has_setting(std::string_view) {
  return false;
}

void set(std::string_view, std::string_view) {
  enter_new_network();
}

void add_address(std::string_view) {
  enter_new_network();
}

}  // namespace tws::lab
