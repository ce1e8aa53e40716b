// The text of a decimal.Decimal, taken apart without ever computing its value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ucoder::value {

// A finite number is digits * 10**exponent, where the digits neither begin nor end with a zero: zero has none.
// Its exponent lies within 2e18 in either direction, so sums of it with a text's length do not overflow.
struct DecimalParts {
  enum class Kind : std::uint8_t { Finite, Infinite, QuietNan, SignalingNan };

  Kind kind = Kind::Finite;
  bool negative = false;
  std::string digits;
  std::int64_t exponent = 0;

  bool is_nan() const { return kind == Kind::QuietNan || kind == Kind::SignalingNan; }
  bool is_zero() const { return kind == Kind::Finite && digits.empty(); }
};

// Nothing for a text that Python's str(Decimal) would not have given. Linear in the text, whatever the exponent.
std::optional<DecimalParts> parse_decimal(std::string_view text);

}  // namespace ucoder::value
