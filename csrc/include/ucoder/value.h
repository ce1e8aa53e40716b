// Canonical values: how what a program returned crosses from the jail to the judge.
//
// A value is a byte string in the encoding below. Nothing here runs code of the program, and every function takes
// bytes that an adversary may have written: `validate` first, then the rest may assume well-formed input.
//
//   tag  type          payload                                    (varint = unsigned LEB128, at most 10 bytes)
//   N    None          -
//   T F  bool          -
//   i    int           varint n, n bytes two's complement little-endian, minimal length (0 is n = 0)
//   f    float         8 bytes IEEE-754 little-endian; every NaN is written 0x7ff8000000000000
//   c    complex       two floats' payloads
//   s    str           varint n, n bytes UTF-8 (lone surrogates as their three-byte form)
//   b    bytes         varint n, n bytes              (bytearray: B)
//   l t  list, tuple   varint count, items            (a namedtuple is written as its tuple)
//   q    deque         varint count, items
//   S Z  set, frozenset  varint count, items in the order met
//   d    dict          varint count, key and value in turn, in insertion order
//   D O C  defaultdict, OrderedDict, Counter: as dict
//   M    Decimal       varint n, n bytes of ASCII as Python's str() gives it
//   R    Fraction      numerator and denominator, two complete 'i' values
//   a    numpy.ndarray varint ndim, ndim varints of shape, one byte kind (b i u f c U S), the items as values in C order
// NumPy scalars are written as the Python scalar they equal (bool, int, float, complex, str, bytes).
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ucoder {

// Bounds on one value, enforced by the writer in the jail and again by `validate` outside.
struct ValueLimits {
  std::size_t max_bytes = 64 * 1024;  // encoded size
  std::size_t max_depth = 200;        // nesting; deeper values have no encoding
};

// What a test asks for beyond equality. Zero means exact. Applies to pairs of numbers of which one is a float or
// complex, outside of sets and dict keys: |a - b| <= max(relative * max(|a|, |b|), absolute), as math.isclose.
struct Tolerance {
  double absolute = 0.0;
  double relative = 0.0;
};

// Null when `bytes` is exactly one well-formed value within `limits`, else a static text that says what is wrong.
const char* validate(std::string_view bytes, const ValueLimits& limits);

// Python's ==, for verdicts: 1 == 1.0 == True, [1] != (1,), dict and set without order, NaN unequal to itself,
// OrderedDict against OrderedDict with order, Counter against Counter with missing as zero, Decimal and Fraction
// exactly. Arrays: equal shape and equal items; an array never equals a list.
bool judged_equal(std::string_view left, std::string_view right, Tolerance tolerance = {});

// Python's truth of a value: bool(value). An array of other than one element is false.
bool is_truthy(std::string_view value);

// Keyed 128-bit digest of a value's behaviour. Equal digests are the equivalence `same_behaviour`: NaN equals NaN,
// 0.0 equals -0.0, an int, a bool and a float are the same behaviour when Python's == says so, and containers by
// type and content, sets and all mappings without order (an OrderedDict, defaultdict or Counter is its dict).
struct Digest {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  auto operator<=>(const Digest&) const = default;
};
using DigestKey = std::array<std::uint8_t, 16>;

Digest digest(std::string_view value, const DigestKey& key);
bool same_behaviour(std::string_view left, std::string_view right);

// SipHash-2-4 with 128-bit output (Aumasson and Bernstein), over arbitrary bytes.
Digest siphash128(std::string_view bytes, const DigestKey& key);

}  // namespace ucoder
