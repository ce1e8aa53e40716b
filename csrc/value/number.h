// Python's numbers of every type as exact values: equality, nearness, hash and truth.
//
// Work is linear in the encoded size. In particular nothing computes 10**exponent for a Decimal: 'M 1E+999999999' is
// ten bytes, and an adversary writes many of them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ucoder/value.h"
#include "value/tags.h"
#include "value/tree.h"

namespace ucoder::value {

struct Number {
  Tag tag = Tag::Int;
  std::string_view payload;      // as the encoding has it; for a Fraction the numerator
  std::string_view denominator;  // of a Fraction only
};

Number number_at(const Tree& tree, NodeIndex node);

// Exactly equal, as Python's == has it across types. NaN equals nothing.
bool numbers_equal(const Number& left, const Number& right);

// math.isclose (cmath.isclose), for a pair of which one is a float or complex; false for others.
bool numbers_close(const Number& left, const Number& right, Tolerance tolerance);

// The hash of what equals nothing: any value that is NaN or holds one.
inline constexpr std::uint64_t kEqualsNothing = 1;

// Keyed by the process's secret. Equal numbers have equal hashes.
std::uint64_t hash_number(const Number& number);

bool number_is_truthy(const Number& number);

// The shortest two's complement of a finite float without fractional part.
std::string whole_float_bytes(double value);

}  // namespace ucoder::value
