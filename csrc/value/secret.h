// Numbers drawn once per process that a program under judgement cannot know.
//
// Equal values must hash equal whatever their type, so a number is hashed as the residue of its exact value modulo a
// prime. Were the prime public (Python's is 2**61 - 1), anybody could write down thousands of keys with one hash and
// make matching them quadratic. Two different numbers of n bits agree modulo a random prime of 61 bits with a chance
// below n / 2**60.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "ucoder/value.h"

namespace ucoder::value {

__extension__ typedef unsigned __int128 Uint128;

// Arithmetic modulo a prime between 2**60 and 2**61.
struct Field {
  std::uint64_t prime = 0;

  std::uint64_t reduce(std::uint64_t value) const { return value % prime; }
  std::uint64_t add(std::uint64_t a, std::uint64_t b) const { return (a + b) % prime; }
  std::uint64_t negate(std::uint64_t a) const { return a == 0 ? 0 : prime - a; }
  std::uint64_t multiply(std::uint64_t a, std::uint64_t b) const {
    return static_cast<std::uint64_t>(static_cast<Uint128>(a) * b % prime);
  }
  // a * 2**64 + limb: how a number of many limbs is reduced.
  std::uint64_t shift_in(std::uint64_t a, std::uint64_t limb) const {
    return static_cast<std::uint64_t>(((static_cast<Uint128>(a) << 64) | limb) % prime);
  }
  std::uint64_t power(std::uint64_t base, std::uint64_t exponent) const;
  // base ** exponent for an exponent of either sign; base must not be a multiple of the prime.
  std::uint64_t signed_power(std::uint64_t base, std::int64_t exponent) const;
};

inline constexpr std::size_t kNumFields = 3;

struct Secret {
  std::array<Field, kNumFields> fields;
  std::array<std::uint64_t, 2> mixers{};
  DigestKey key{};

  // A keyed, order-sensitive combination of two hashes.
  std::uint64_t mix(std::uint64_t a, std::uint64_t b) const {
    const Uint128 product = static_cast<Uint128>(a ^ mixers[0]) * (b ^ mixers[1]);
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64) ^ (a << 1) ^ b;
  }
};

const Secret& secret();

// Correct for every 64-bit number.
bool is_prime(std::uint64_t number);

}  // namespace ucoder::value
