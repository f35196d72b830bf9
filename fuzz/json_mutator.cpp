// How libFuzzer changes a saved run: mostly a value within the JSON, so that the text stays JSON
// and what reads its values is reached; sometimes the bytes.
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <limits>
#include <random>
#include <string>
#include <vector>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace {

namespace json = boost::json;

void collect(json::value& value, std::vector<json::value*>& all) {
  all.push_back(&value);
  if (auto* object = value.if_object())
    for (auto& member : *object) collect(member.value(), all);
  if (auto* array = value.if_array())
    for (auto& element : *array) collect(element, all);
}

json::value boundary(std::size_t choice) {
  const std::vector<json::value> values{nullptr,
                                        true,
                                        false,
                                        0,
                                        1,
                                        -1,
                                        2,
                                        100,
                                        599,
                                        65535,
                                        0.5,
                                        -0.5,
                                        1e-9,
                                        1e-300,
                                        3600,
                                        9.9e8,
                                        1e9,
                                        1e18,
                                        1e300,
                                        -1e300,
                                        std::numeric_limits<std::int64_t>::max(),
                                        std::numeric_limits<std::int64_t>::min(),
                                        std::numeric_limits<std::uint64_t>::max(),
                                        std::numeric_limits<std::uint64_t>::max() / 2 + 2,
                                        "",
                                        "EADDRNOTAVAIL",
                                        "read: truncated",
                                        json::array{},
                                        json::object{}};
  return values[choice % values.size()];
}

template <typename Container, typename Random>
auto some(Container& container, Random& random) {
  return std::next(container.begin(), static_cast<std::ptrdiff_t>(random() % container.size()));
}

template <typename Random>
void change(json::value& root, Random& random) {
  std::vector<json::value*> all;
  collect(root, all);
  json::value& value = **some(all, random);
  switch (random() % 5) {
    case 0:
      value = boundary(random());
      break;
    case 1: {  // what another place holds
      const json::value copy = **some(all, random);
      value = copy;
      break;
    }
    case 2:  // one less
      if (auto* object = value.if_object(); object && !object->empty())
        object->erase(some(*object, random));
      else if (auto* array = value.if_array(); array && !array->empty())
        array->erase(some(*array, random));
      break;
    case 3:  // one more
      if (auto* array = value.if_array(); array && !array->empty()) {
        const json::value copy = *some(*array, random);
        array->push_back(copy);
      }
      if (auto* object = value.if_object(); object && !object->empty()) {
        const json::value copy = some(*object, random)->value();
        object->emplace(std::to_string(random() % 1000), copy);
      }
      break;
    default:  // a little
      if (auto* number = value.if_int64())
        *number = static_cast<std::int64_t>(static_cast<std::uint64_t>(*number) + random() % 7 - 3);
      else if (auto* big = value.if_uint64())
        *big += random() % 7;
      else if (auto* floating = value.if_double())
        *floating *= static_cast<double>(random() % 4000) / 1000;
      else if (auto* text = value.if_string(); text && !text->empty())
        (*text)[random() % text->size()] = static_cast<char>(random() % 128);
  }
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned seed) {
  std::minstd_rand random(seed);
  const auto number = [&] { return static_cast<std::size_t>(random()); };
  boost::system::error_code error;
  json::value root = json::parse({reinterpret_cast<const char*>(data), size}, error);
  if (error || number() % 16 == 0) return LLVMFuzzerMutate(data, size, max_size);
  for (std::size_t changes = 1 + number() % 3; changes > 0; --changes) change(root, number);
  const std::string text = json::serialize(root);
  if (text.size() > max_size) return LLVMFuzzerMutate(data, size, max_size);
  std::copy(text.begin(), text.end(), data);
  return text.size();
}
