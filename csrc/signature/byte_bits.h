// Bytes to bits: which of up to 64 bytes equal a value, one bit a byte, the first byte lowest.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace ucoder {

inline constexpr std::size_t kBitsPerWord = 64;

constexpr std::size_t words_for(std::size_t num_bits) {
  return num_bits / kBitsPerWord + (num_bits % kBitsPerWord != 0 ? 1 : 0);
}

// One bit per byte of `bytes`, lowest byte first: whether the byte is `wanted`.
// Exact zero-byte detection (Warren, Hacker's Delight, 6-1), then a multiplication that gathers eight bits.
constexpr std::uint64_t equal_bytes_of_word(std::uint64_t bytes, std::uint8_t wanted) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kLow7 = 0x7f7f7f7f7f7f7f7f;
  const std::uint64_t difference = bytes ^ (kOnes * wanted);
  const std::uint64_t zero_bytes = ~(((difference & kLow7) + kLow7) | difference | kLow7);  // 0x80 where equal
  return ((zero_bytes >> 7) * 0x0102040810204080) >> 56;
}

#if defined(__SSE2__)
inline std::uint64_t equal_of_16_bytes(const std::uint8_t* bytes, std::uint8_t wanted) {
  const __m128i some = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes));
  const __m128i equal = _mm_cmpeq_epi8(some, _mm_set1_epi8(static_cast<char>(wanted)));
  return static_cast<std::uint32_t>(_mm_movemask_epi8(equal));
}
#endif

// Of `num_bytes` bytes, at most 64. SSE2 is part of every x86-64.
inline std::uint64_t equal_bytes(const std::uint8_t* bytes, std::size_t num_bytes, std::uint8_t wanted) {
  std::uint64_t bits = 0;
  std::size_t at = 0;
#if defined(__SSE2__)
  if (num_bytes == kBitsPerWord) {
    return equal_of_16_bytes(bytes, wanted) | equal_of_16_bytes(bytes + 16, wanted) << 16 |
           equal_of_16_bytes(bytes + 32, wanted) << 32 | equal_of_16_bytes(bytes + 48, wanted) << 48;
  }
  for (; at + 16 <= num_bytes; at += 16) bits |= equal_of_16_bytes(bytes + at, wanted) << at;
#endif
  if constexpr (std::endian::native == std::endian::little) {
    for (; at + 8 <= num_bytes; at += 8) {
      std::uint64_t some = 0;
      std::memcpy(&some, bytes + at, 8);
      bits |= equal_bytes_of_word(some, wanted) << at;
    }
  }
  for (; at < num_bytes; ++at) bits |= std::uint64_t{bytes[at] == wanted ? 1u : 0u} << at;
  return bits;
}

}  // namespace ucoder
