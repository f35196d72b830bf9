// The body of a run's requests. It may be large, so that all copies of a plan share its bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace tws {

// A larger one is not written to a saved run; its size is.
inline constexpr std::uint64_t most_saved_body = 1024 * 1024;

class Body {
 public:
  Body() = default;
  Body(std::string bytes)
      : size_(bytes.size()), bytes_(std::make_shared<const std::string>(std::move(bytes))) {}
  Body(const char* text) : Body(std::string(text)) {}
  // That of a saved run, where its bytes were not saved.
  static Body not_saved(std::uint64_t size) {
    Body body;
    body.size_ = size;
    return body;
  }

  bool empty() const { return size_ == 0; }
  std::uint64_t size() const { return size_; }
  const std::string& bytes() const {
    static const std::string none;
    return bytes_ ? *bytes_ : none;
  }
  bool operator==(const Body& other) const {
    return size_ == other.size_ && bytes() == other.bytes();
  }

 private:
  std::uint64_t size_ = 0;
  std::shared_ptr<const std::string> bytes_;
};

}  // namespace tws
