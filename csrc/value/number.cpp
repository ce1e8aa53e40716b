#include "value/number.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <optional>

#include "value/decimal_text.h"
#include "value/reader.h"
#include "value/secret.h"
#include "value/writer.h"

namespace ucoder::value {
namespace {

using Kind = DecimalParts::Kind;

constexpr std::string_view kOne("\x01", 1);

bool is_negative(std::string_view integer) {
  return !integer.empty() && static_cast<unsigned char>(integer.back()) >= 0x80;
}

// A float without fraction is mantissa * 2**exponent with an odd mantissa; so is one with a fraction, below zero.
struct Dyadic {
  std::int64_t mantissa = 0;
  int exponent = 0;
};

Dyadic dyadic(double finite) {
  if (finite == 0) return {};
  int exponent = 0;
  const double fraction = std::frexp(finite, &exponent);
  auto mantissa = static_cast<std::int64_t>(std::ldexp(fraction, 53));
  const int num_zeros = std::countr_zero(static_cast<std::uint64_t>(mantissa));
  return {mantissa >> num_zeros, exponent - 53 + num_zeros};
}

bool is_whole(double value) { return std::isfinite(value) && std::trunc(value) == value; }

// The number of bits of |integer|, or one more for some negative numbers.
std::int64_t bit_length(std::string_view integer) {
  if (integer.empty()) return 0;
  const auto top = static_cast<std::uint8_t>(integer.back());
  const int top_bits = std::bit_width(top >= 0x80 ? static_cast<std::uint8_t>(~top) : top);
  return static_cast<std::int64_t>(integer.size() - 1) * 8 + top_bits + (top >= 0x80 ? 1 : 0);
}

bool is_power_of_two(std::string_view integer, int exponent) {
  if (bit_length(integer) != exponent + 1) return false;
  const auto byte = static_cast<std::size_t>(exponent / 8);
  const unsigned bit = static_cast<unsigned>(exponent) % 8;
  return integer.find_first_not_of('\0') == byte && static_cast<unsigned char>(integer[byte]) == 1U << bit;
}

bool int_equals_float(std::string_view integer, double real) {
  if (!is_whole(real)) return false;
  if (integer.size() > 1024 / 8 + 1) return false;  // larger than every float
  return integer == std::string_view(whole_float_bytes(real));
}

std::string int64_bytes(std::int64_t value) {
  std::string encoded;
  ValueWriter(encoded).integer(value);
  return encoded.substr(2);
}

std::uint64_t residue_of_int(const Field& field, std::string_view integer) {
  const bool negative = is_negative(integer);
  std::uint64_t residue = 0;
  std::size_t left = integer.size();
  // Of ~x for a negative x, so that the limbs are those of a number that is not.
  const std::uint64_t flip = negative ? ~std::uint64_t{0} : 0;
  while (left > 0) {
    const std::size_t length = left % 8 == 0 ? 8 : left % 8;
    left -= length;
    std::uint64_t limb = flip;
    for (std::size_t i = length; i-- > 0;) limb = limb << 8 | static_cast<unsigned char>(integer[left + i]);
    residue = field.shift_in(residue, limb ^ flip);
  }
  return negative ? field.negate(field.add(residue, 1)) : residue;
}

std::uint64_t residue_of_float(const Field& field, double finite) {
  const Dyadic parts = dyadic(finite);
  const std::uint64_t magnitude = field.reduce(static_cast<std::uint64_t>(std::abs(parts.mantissa)));
  const std::uint64_t residue = field.multiply(magnitude, field.signed_power(2, parts.exponent));
  return parts.mantissa < 0 ? field.negate(residue) : residue;
}

std::uint64_t residue_of_decimal(const Field& field, const DecimalParts& finite) {
  constexpr std::size_t chunk = 18;
  std::uint64_t residue = 0;
  for (std::size_t at = 0; at < finite.digits.size(); at += chunk) {
    const std::size_t length = std::min(chunk, finite.digits.size() - at);
    std::uint64_t digits = 0;
    std::uint64_t scale = 1;
    for (std::size_t i = 0; i < length; ++i) {
      digits = digits * 10 + static_cast<std::uint64_t>(finite.digits[at + i] - '0');
      scale *= 10;
    }
    residue = field.add(field.multiply(residue, field.reduce(scale)), field.reduce(digits));
  }
  residue = field.multiply(residue, field.signed_power(10, finite.exponent));
  return finite.negative ? field.negate(residue) : residue;
}

std::uint64_t residue_of_fraction(const Field& field, const Number& fraction) {
  const std::uint64_t denominator = residue_of_int(field, fraction.denominator);
  return field.multiply(residue_of_int(field, fraction.payload), field.signed_power(denominator, -1));
}

// `number` is an int, float or Fraction, and finite.
std::uint64_t residue_of(const Field& field, const Number& number) {
  if (number.tag == Tag::Fraction) return residue_of_fraction(field, number);
  if (number.tag == Tag::Float) return residue_of_float(field, load_double(number.payload.data()));
  return residue_of_int(field, number.payload);
}

// Could the Decimal have the other number's size? Where this is true, the Decimal's exponent is bounded by the size
// of the other number's encoding, so both are integers (over one denominator) of bounded length.
bool of_like_size(const DecimalParts& decimal, const Number& other) {
  std::int64_t num_bits = 0;
  std::int64_t num_denominator_bits = 1;
  if (other.tag == Tag::Float) {
    const Dyadic parts = dyadic(load_double(other.payload.data()));
    const auto mantissa = static_cast<std::uint64_t>(std::abs(parts.mantissa));
    num_bits = static_cast<std::int64_t>(std::bit_width(mantissa)) + std::max(parts.exponent, 0);
    num_denominator_bits = 1 + std::max(-parts.exponent, 0);
  } else {
    num_bits = bit_length(other.payload);
    if (other.tag == Tag::Fraction) num_denominator_bits = bit_length(other.denominator);
  }
  // digits / 10**k with a last digit other than 0 keeps all of 2**k or all of 5**k in its lowest denominator.
  if (decimal.exponent < 0) return -decimal.exponent <= num_denominator_bits;
  if (num_denominator_bits > 1) return false;
  const double num_digits = static_cast<double>(decimal.digits.size()) + static_cast<double>(decimal.exponent);
  const double expected = static_cast<double>(num_bits) * 0.30102999566398120;
  return std::abs(num_digits - expected) <= 2 + expected * 1e-9;
}

// The other is an int, float or Fraction. Equal sizes and equal residues modulo three secret primes decide: with
// sizes bounded as above, two different numbers pass with a chance below 2**-100, and the exact alternative would
// multiply out powers of ten in quadratic time.
bool decimal_equals(const DecimalParts& decimal, const Number& other) {
  if (decimal.is_nan()) return false;
  if (other.tag == Tag::Float) {
    const double real = load_double(other.payload.data());
    if (decimal.kind == Kind::Infinite || !std::isfinite(real)) {
      return decimal.kind == Kind::Infinite && std::isinf(real) && decimal.negative == std::signbit(real);
    }
  }
  if (decimal.kind == Kind::Infinite) return false;
  if (decimal.is_zero()) return !number_is_truthy(other);
  if (!of_like_size(decimal, other)) return false;
  return std::all_of(secret().fields.begin(), secret().fields.end(), [&](const Field& field) {
    return residue_of_decimal(field, decimal) == residue_of(field, other);
  });
}

bool decimals_equal(std::string_view left, std::string_view right) {
  const auto a = parse_decimal(left);
  const auto b = parse_decimal(right);
  if (!a || !b || a->is_nan() || a->kind != b->kind) return false;
  if (a->is_zero() && b->is_zero()) return true;
  return a->negative == b->negative && a->exponent == b->exponent && a->digits == b->digits;
}

bool fraction_equals_float(const Number& fraction, double real) {
  if (!std::isfinite(real)) return false;
  if (is_whole(real)) return fraction.denominator == kOne && int_equals_float(fraction.payload, real);
  const Dyadic parts = dyadic(real);
  return is_power_of_two(fraction.denominator, -parts.exponent) && fraction.payload == int64_bytes(parts.mantissa);
}

// A complex number without imaginary part is its real part, a bool its int.
Number simplified(const Number& number) {
  if (number.tag == Tag::True) return {Tag::Int, kOne, {}};
  if (number.tag == Tag::False) return {Tag::Int, {}, {}};
  if (number.tag == Tag::Complex && load_double(number.payload.data() + 8) == 0) {
    return {Tag::Float, number.payload.substr(0, 8), {}};
  }
  return number;
}

std::uint64_t finish(std::uint64_t hash) { return hash <= kEqualsNothing ? hash + 2 : hash; }

std::uint64_t hash_infinity(bool negative) { return finish(secret().mix(negative ? 2 : 1, 0x1f)); }

std::uint64_t hash_residue(std::uint64_t residue) { return finish(secret().mix(residue, 0x2f)); }

std::uint64_t hash_float(double value) {
  if (std::isnan(value)) return kEqualsNothing;
  if (std::isinf(value)) return hash_infinity(value < 0);
  return hash_residue(residue_of_float(secret().fields[0], value));
}

}  // namespace

std::string whole_float_bytes(double value) {
  const Dyadic parts = dyadic(value);
  if (parts.exponent <= 10) return int64_bytes(parts.mantissa * (std::int64_t{1} << parts.exponent));
  std::string bytes(static_cast<std::size_t>(parts.exponent / 8), '\0');
  // 53 bits and a shift of less than 8 fit.
  const auto top = static_cast<std::uint64_t>(parts.mantissa) << (parts.exponent % 8);
  for (unsigned shift = 0; shift < 64; shift += 8) {
    bytes.push_back(static_cast<char>(static_cast<unsigned char>(top >> shift)));
  }
  std::string encoded;
  ValueWriter(encoded).integer_bytes(bytes);
  ValueReader reader(encoded);
  return std::string(reader.integer_bytes().value_or(std::string_view{}));
}

Number number_at(const Tree& tree, NodeIndex index) {
  const Node& node = tree[index];
  if (node.tag != Tag::Fraction) return {node.tag, tree.payload(node), {}};
  return {node.tag, tree.payload(tree[index + 1]), tree.payload(tree[index + 2])};
}

bool numbers_equal(const Number& left, const Number& right) {
  Number a = simplified(left);
  Number b = simplified(right);
  // In this order only half of the pairs remain.
  constexpr std::string_view order = "ifRMc";
  if (a.tag != b.tag && order.find(static_cast<char>(a.tag)) > order.find(static_cast<char>(b.tag))) std::swap(a, b);
  if (b.tag == Tag::Int) return a.payload == b.payload;
  if (b.tag == Tag::Float) {
    const double real = load_double(b.payload.data());
    if (a.tag == Tag::Int) return int_equals_float(a.payload, real);
    return load_double(a.payload.data()) == real;
  }
  if (b.tag == Tag::Fraction) {
    if (a.tag == Tag::Float) return fraction_equals_float(b, load_double(a.payload.data()));
    if (a.tag == Tag::Int) return b.denominator == kOne && a.payload == b.payload;
    return a.payload == b.payload && a.denominator == b.denominator;
  }
  if (b.tag == Tag::Decimal) {
    if (a.tag == Tag::Decimal) return decimals_equal(a.payload, b.payload);
    const auto decimal = parse_decimal(b.payload);
    return decimal && decimal_equals(*decimal, a);
  }
  return a.tag == Tag::Complex && load_double(a.payload.data()) == load_double(b.payload.data()) &&
         load_double(a.payload.data() + 8) == load_double(b.payload.data() + 8);
}

std::uint64_t hash_number(const Number& given) {
  const Number number = simplified(given);
  const Field& field = secret().fields[0];
  if (number.tag == Tag::Float) return hash_float(load_double(number.payload.data()));
  if (number.tag == Tag::Decimal) {
    const auto decimal = parse_decimal(number.payload);
    if (!decimal || decimal->is_nan()) return kEqualsNothing;
    if (decimal->kind == Kind::Infinite) return hash_infinity(decimal->negative);
    return hash_residue(residue_of_decimal(field, *decimal));
  }
  if (number.tag == Tag::Complex) {
    const std::uint64_t real = hash_float(load_double(number.payload.data()));
    const std::uint64_t imaginary = hash_float(load_double(number.payload.data() + 8));
    if (real == kEqualsNothing || imaginary == kEqualsNothing) return kEqualsNothing;
    return finish(secret().mix(real, imaginary));
  }
  return hash_residue(residue_of(field, number));
}

bool number_is_truthy(const Number& number) {
  if (number.tag == Tag::True) return true;
  if (number.tag == Tag::Float) return load_double(number.payload.data()) != 0;
  if (number.tag == Tag::Complex) {
    return load_double(number.payload.data()) != 0 || load_double(number.payload.data() + 8) != 0;
  }
  if (number.tag == Tag::Decimal) {
    const auto decimal = parse_decimal(number.payload);
    return decimal && !decimal->is_zero();
  }
  return !number.payload.empty();
}

}  // namespace ucoder::value
