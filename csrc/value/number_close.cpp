#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <string>

#include "value/decimal_text.h"
#include "value/number.h"
#include "value/reader.h"

namespace ucoder::value {
namespace {

// An integer's leading 64 bits and their weight: |x| is near mantissa * 2**exponent. A set bit that was cut off leaves
// the last one set, so that rounding what is here to a double rounds the whole number.
struct Leading {
  std::uint64_t mantissa = 0;
  std::int64_t exponent = 0;
  bool negative = false;
};

void negate(std::string& integer) {
  bool carry = true;
  for (char& byte : integer) {
    byte = static_cast<char>(~byte);
    if (carry) carry = ++byte == 0;
  }
}

Leading leading_bits(std::string_view integer) {
  Leading result;
  if (integer.empty()) return result;
  std::string magnitude(integer);
  result.negative = static_cast<unsigned char>(integer.back()) >= 0x80;
  if (result.negative) negate(magnitude);
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(magnitude[i]); };
  std::size_t at = magnitude.find_last_not_of('\0') + 1;
  for (int num_bytes = 0; at > 0 && num_bytes < 8; ++num_bytes) result.mantissa = result.mantissa << 8 | byte(--at);
  if (at == 0) return result;
  result.exponent = static_cast<std::int64_t>(at) * 8;
  bool is_cut = magnitude.find_first_not_of('\0') + 1 < at;
  if (const int num_spare = std::countl_zero(result.mantissa); num_spare > 0) {
    result.mantissa = result.mantissa << num_spare | byte(at - 1) >> (8 - num_spare);
    result.exponent -= num_spare;
    is_cut = is_cut || static_cast<unsigned char>(byte(at - 1) << num_spare) != 0;
  } else {
    is_cut = is_cut || byte(at - 1) != 0;
  }
  if (is_cut) result.mantissa |= 1;
  return result;
}

std::optional<double> scaled(double mantissa, std::int64_t exponent, bool negative) {
  if (exponent > 2000) return std::nullopt;
  const double magnitude = exponent < -4000 ? 0.0 : std::ldexp(mantissa, static_cast<int>(exponent));
  if (std::isinf(magnitude)) return std::nullopt;
  return negative ? -magnitude : magnitude;
}

std::optional<double> int_to_double(std::string_view integer) {
  const Leading leading = leading_bits(integer);
  return scaled(static_cast<double>(leading.mantissa), leading.exponent, leading.negative);
}

// Correctly rounded where both parts are floats exactly, else within one unit in the last place.
std::optional<double> fraction_to_double(const Number& fraction) {
  const Leading numerator = leading_bits(fraction.payload);
  const Leading denominator = leading_bits(fraction.denominator);
  if (denominator.mantissa == 0) return std::nullopt;
  const long double quotient =
      static_cast<long double>(numerator.mantissa) / static_cast<long double>(denominator.mantissa);
  return scaled(static_cast<double>(quotient), numerator.exponent - denominator.exponent, numerator.negative);
}

std::optional<double> decimal_to_double(std::string_view text) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const auto parts = parse_decimal(text);
  if (!parts) return std::nullopt;
  if (parts->is_nan()) return std::numeric_limits<double>::quiet_NaN();
  const double sign = parts->negative ? -1.0 : 1.0;
  if (parts->kind == DecimalParts::Kind::Infinite) return sign * infinity;
  double value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc::result_out_of_range) return value;
  const bool is_large = parts->exponent + static_cast<std::int64_t>(parts->digits.size()) > 0;
  return sign * (is_large ? infinity : 0.0);  // as float(text) has it
}

// Nothing where Python's float() would raise OverflowError: what has no float is close to none.
std::optional<double> to_double(const Number& number) {
  if (number.tag == Tag::True) return 1.0;
  if (number.tag == Tag::False) return 0.0;
  if (number.tag == Tag::Float) return load_double(number.payload.data());
  if (number.tag == Tag::Decimal) return decimal_to_double(number.payload);
  if (number.tag == Tag::Fraction) return fraction_to_double(number);
  return int_to_double(number.payload);
}

struct Parts {
  double real = 0;
  double imaginary = 0;

  bool is_infinite() const { return std::isinf(real) || std::isinf(imaginary); }
  double size() const { return std::hypot(real, imaginary); }
};

std::optional<Parts> to_parts(const Number& number) {
  if (number.tag == Tag::Complex) {
    return Parts{load_double(number.payload.data()), load_double(number.payload.data() + 8)};
  }
  const auto real = to_double(number);
  if (!real) return std::nullopt;
  return Parts{*real, 0};
}

}  // namespace

bool numbers_close(const Number& left, const Number& right, Tolerance tolerance) {
  const auto is_inexact = [](Tag tag) { return tag == Tag::Float || tag == Tag::Complex; };
  if (!is_inexact(left.tag) && !is_inexact(right.tag)) return false;
  const auto a = to_parts(left);
  const auto b = to_parts(right);
  if (!a || !b) return false;
  if (a->real == b->real && a->imaginary == b->imaginary) return true;
  if (a->is_infinite() || b->is_infinite()) return false;
  const double distance = Parts{a->real - b->real, a->imaginary - b->imaginary}.size();
  return distance <= tolerance.relative * a->size() || distance <= tolerance.relative * b->size() ||
         distance <= tolerance.absolute;
}

}  // namespace ucoder::value
