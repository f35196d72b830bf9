// Text and numbers in HTML that is XML as well.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tws {

// Nothing in it is taken for markup: neither in an element nor in an attribute. What is no UTF-8,
// or a character that XML does not have, becomes U+FFFD.
std::string escaped(std::string_view text);

// The begin and the end of a text of more than `most` bytes, with the number of those left out.
std::string shortened(std::string_view text, std::size_t most);
// The same escaped, in about `most` bytes.
std::string escaped(std::string_view text, std::size_t most);
// What a name may take where nothing else says so.
inline constexpr std::size_t most_of_a_name = 250;

// "1.23 ms", "45.0 µs"
std::string time_words(double seconds);
// The same of a round number: "10 ms"
std::string round_time_words(double seconds);

// A number with its exact value, for programs. `key` says which it is.
std::string data(std::string_view key, double value, std::string_view words);

}  // namespace tws
