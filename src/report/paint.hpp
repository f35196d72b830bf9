// The pieces that every text is put together from.
#pragma once

#include "tws/report/style.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace tws {

enum class Colour { red, green, yellow };

// `text` itself where the style has no colour.
std::string paint(std::string_view text, Colour colour, const TextStyle& style);

// A bar of `share` (0 to 1) of `cells`, to the nearest cell.
std::string bar(double share, int cells, const TextStyle& style);

// Characters, not bytes, of UTF-8; those used here are all one column wide.
std::size_t columns(std::string_view text);
// The same without escape sequences of colours, which take no room.
int visible_columns(std::string_view text);

// "72.45%", but "100.00%" only for all and "0.00%" only for none: what is in between is rounded
// towards the middle.
std::string format_percent(double share);

}  // namespace tws
