#include "value/coprime.h"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace ucoder::value {
namespace {

// A natural number in limbs of 64 bits, least first, the last one not zero.
using Limbs = std::vector<std::uint64_t>;

void trim(Limbs& number) {
  while (!number.empty() && number.back() == 0) number.pop_back();
}

Limbs magnitude(std::string_view integer) {
  Limbs number(integer.size() / 8 + 1, 0);
  const bool negative = !integer.empty() && static_cast<unsigned char>(integer.back()) >= 0x80;
  bool carry = negative;
  for (std::size_t i = 0; i < integer.size(); ++i) {
    auto byte = static_cast<std::uint8_t>(integer[i]);
    if (negative) {
      byte = static_cast<std::uint8_t>(~byte + (carry ? 1 : 0));
      carry = carry && byte == 0;
    }
    number[i / 8] |= static_cast<std::uint64_t>(byte) << (i % 8 * 8);
  }
  trim(number);
  return number;
}

// To the right, until the number is odd. It must not be zero.
void drop_twos(Limbs& number) {
  std::size_t num_zero = 0;
  while (number[num_zero] == 0) ++num_zero;
  const auto shift = static_cast<unsigned>(std::countr_zero(number[num_zero]));
  const std::size_t size = number.size() - num_zero;
  for (std::size_t i = 0; i < size; ++i) {
    const std::uint64_t low = number[i + num_zero];
    const std::uint64_t high = i + 1 < size ? number[i + num_zero + 1] : 0;
    number[i] = shift == 0 ? low : low >> shift | high << (64 - shift);
  }
  number.resize(size);
  trim(number);
}

bool is_less(const Limbs& left, const Limbs& right) {
  if (left.size() != right.size()) return left.size() < right.size();
  for (std::size_t i = left.size(); i-- > 0;) {
    if (left[i] != right[i]) return left[i] < right[i];
  }
  return false;
}

// Replaces `number` by (number - smaller) without its factors of two. Both are odd, and `smaller` is the smaller or
// equal one. Difference and shift are one pass where they can be: this is the whole cost of what is below.
void subtract_and_drop_twos(Limbs& number, const Limbs& smaller) {
  const auto shift = static_cast<unsigned>(std::countr_zero(number[0] - smaller[0]));
  const bool is_fused = shift < 64;
  const std::uint64_t* other = smaller.data();
  const std::size_t num_shared = smaller.size();
  std::uint64_t* limbs = number.data();
  const std::size_t size = number.size();
  std::uint64_t borrow = 0;
  std::uint64_t previous = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const std::uint64_t taken = i < num_shared ? other[i] : 0;
    std::uint64_t difference = 0;
    const bool first = __builtin_sub_overflow(limbs[i], taken, &difference);
    const bool second = __builtin_sub_overflow(difference, borrow, &difference);
    borrow = first || second ? 1 : 0;
    // The two odd numbers' difference is even, so the shift is at least one.
    if (is_fused && i > 0) limbs[i - 1] = previous >> shift | difference << (64 - shift);
    if (!is_fused) limbs[i] = difference;
    previous = difference;
  }
  if (is_fused) limbs[size - 1] = previous >> shift;
  trim(number);
  if (!is_fused && !number.empty()) drop_twos(number);
}

bool is_even(const Limbs& number) { return number.empty() || number.front() % 2 == 0; }
bool is_one(const Limbs& number) { return number.size() == 1 && number.front() == 1; }

}  // namespace

// Stein's binary algorithm: no division, so no wide one to get wrong.
bool are_coprime(std::string_view left, std::string_view right) {
  Limbs a = magnitude(left);
  Limbs b = magnitude(right);
  if (is_even(a) && is_even(b)) return false;
  if (a.empty() || b.empty()) return is_one(a) || is_one(b);
  drop_twos(a);
  drop_twos(b);
  while (!is_one(a)) {
    if (is_less(a, b)) std::swap(a, b);
    subtract_and_drop_twos(a, b);
    if (a.empty()) return is_one(b);
  }
  return true;
}

}  // namespace ucoder::value
