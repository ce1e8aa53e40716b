#include "value/utf8.h"

#include <cstdint>
#include <cstring>

namespace ucoder::value {
namespace {

constexpr std::uint64_t kHighBits = 0x8080808080808080U;

bool is_ascii_block(const char* eight_bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, eight_bytes, sizeof word);
  return (word & kHighBits) == 0;
}

}  // namespace

bool is_utf8(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  std::size_t at = 0;
  while (at < text.size()) {
    if (byte(at) < 0x80) {
      at += text.size() - at >= 8 && is_ascii_block(text.data() + at) ? 8 : 1;
      continue;
    }
    const unsigned char lead = byte(at);
    std::size_t length = 0;
    if (lead >= 0xc2 && lead < 0xe0) length = 2;
    if (lead >= 0xe0 && lead < 0xf0) length = 3;
    if (lead >= 0xf0 && lead < 0xf5) length = 4;
    if (length == 0 || length > text.size() - at) return false;
    for (std::size_t i = 1; i < length; ++i) {
      if ((byte(at + i) & 0xc0U) != 0x80) return false;
    }
    const unsigned char second = byte(at + 1);
    if (lead == 0xe0 && second < 0xa0) return false;
    if (lead == 0xf0 && second < 0x90) return false;
    if (lead == 0xf4 && second >= 0x90) return false;
    at += length;
  }
  return true;
}

}  // namespace ucoder::value
