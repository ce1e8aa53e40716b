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
//   M    Decimal       varint n, n bytes of ASCII as Python's str() gives it; the first digit's power of ten is
//                      within 10**18 - 1 either way
//   R    Fraction      numerator and denominator, two complete 'i' values of at most 2048 bytes, reduced, the second
//                      positive
//   a    numpy.ndarray varint ndim (at most 32), ndim varints of shape, one byte kind (b i u f c U S), the items as
//                      values in C order: T or F, i of 64 bits, i of 64 bits without sign, f, c, s, b; no text ends
//                      in a NUL, and padded to the longest all of them take at most 64 MiB
// NumPy scalars are written as the Python scalar they equal (bool, int, float, complex, str, bytes).
//
// A varint has its shortest form. Items of sets and keys of mappings are hashable (no list, deque, set, mapping,
// bytearray, array or signaling NaN at any depth), and no two of them are equal by `judged_equal`; NaN, which equals
// nothing, may stand more than once. An OrderedDict whose keys hold a Fraction has no encoding: reading its order
// would call the Fraction's methods, which are Python code.
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
  std::size_t max_depth = 200;        // nested containers; deeper values have no encoding. Above 1000 means 1000
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
// exactly. Arrays: equal shape and equal items; an array never equals a list. A Decimal is compared with numbers of
// other types by size and by residues modulo secret primes: two that differ pass with a chance below 2**-100.
bool judged_equal(std::string_view left, std::string_view right, Tolerance tolerance = {});

// Python's truth of a value: bool(value). An array of other than one element is false.
bool is_truthy(std::string_view value);

// Keyed 128-bit digest of a value's behaviour. Equal digests are the equivalence `same_behaviour`: NaN equals NaN,
// 0.0 equals -0.0, an int, a bool and a float are the same behaviour when Python's == says so, a complex, a Decimal
// and a Fraction only as another of their own type, and containers by type and content, sets and all mappings without
// order (an OrderedDict, defaultdict or Counter is its dict, a frozenset its set, a bytearray its bytes; an array is
// its shape and items).
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
