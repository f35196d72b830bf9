#include "system/macos/pcblist.hpp"

#include "rows.hpp"

#include <gmock/gmock.h>

#include <cstring>

namespace tws {
namespace {

using testing::ElementsAre;

template <typename T>
void put(std::vector<std::byte>& bytes, std::size_t offset, T value) {
  std::memcpy(bytes.data() + offset, &value, sizeof value);
}

std::vector<std::byte> generation(std::uint64_t number) {
  std::vector<std::byte> bytes(PcbLayout::generation_size);
  put(bytes, 0, std::uint32_t{PcbLayout::generation_size});
  put(bytes, PcbLayout::generation, number);
  return bytes;
}

std::vector<std::byte> record(int state, std::uint8_t version, std::uint64_t born) {
  std::vector<std::byte> bytes(PcbLayout::record_size);
  put(bytes, 0, std::uint32_t{PcbLayout::record_size});
  put(bytes, PcbLayout::record_generation, born);
  put(bytes, PcbLayout::version, version);
  put(bytes, PcbLayout::state, state);
  put(bytes, PcbLayout::local_port, std::array<std::uint8_t, 2>{0xc0, 0x00});
  put(bytes, PcbLayout::remote_port, std::array<std::uint8_t, 2>{0x0e, 0xc3});
  put(bytes, PcbLayout::local_address, endpoint("::7f00:1", 0).address);
  put(bytes, PcbLayout::remote_address, endpoint("::7f00:2", 0).address);
  return bytes;
}

std::vector<std::byte> join(std::initializer_list<std::vector<std::byte>> parts) {
  std::vector<std::byte> bytes;
  for (const auto& part : parts) bytes.insert(bytes.end(), part.begin(), part.end());
  return bytes;
}

std::pair<bool, std::vector<SocketRow>> read(const std::vector<std::byte>& bytes) {
  std::vector<SocketRow> rows;
  const bool whole = read_pcblist(bytes, [&](const SocketRow& row) { rows.push_back(row); });
  return {whole, rows};
}

TEST(Pcblist, RowsBetweenTwoGenerations) {
  const auto [whole, rows] =
      read(join({generation(9), record(10, 1, 9), record(4, 2, 3), generation(9)}));
  EXPECT_TRUE(whole);
  EXPECT_THAT(rows, ElementsAre(SocketRow{TcpState::TimeWait, endpoint("127.0.0.1", 49152),
                                          endpoint("127.0.0.2", 3779)},
                                SocketRow{TcpState::Established, endpoint("::7f00:1", 49152),
                                          endpoint("::7f00:2", 3779)}));
}

TEST(Pcblist, NewbornsAndUnknownStatesAreLeftOut) {
  const auto [whole, rows] = read(
      join({generation(9), record(4, 1, 10), record(11, 1, 1), record(-1, 1, 1), generation(10)}));
  EXPECT_TRUE(whole);
  EXPECT_TRUE(rows.empty());
}

TEST(Pcblist, CutOffAnywhere) {
  const auto list = join({generation(9), record(10, 1, 9), generation(9)});
  for (std::size_t size = 0; size < list.size() - PcbLayout::generation_size; ++size)
    EXPECT_FALSE(read({list.begin(), list.begin() + static_cast<std::ptrdiff_t>(size)}).first);
}

TEST(Pcblist, LengthsThatLie) {
  for (std::uint32_t length : {0u, 4u, 471u, 100'000u, 0xffffffffu}) {
    auto list = join({generation(9), record(10, 1, 9), generation(9)});
    put(list, PcbLayout::generation_size, length);
    EXPECT_FALSE(read(list).first) << length;
    put(list, 0, length);
    EXPECT_FALSE(read(list).first) << length;
  }
}

}  // namespace
}  // namespace tws
