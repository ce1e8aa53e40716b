#include "value/decimal_text.h"

#include <algorithm>

namespace ucoder::value {
namespace {

// MAX_EMAX of Python's decimal module on 64-bit systems. It knows smaller subnormal numbers; we do not.
constexpr std::int64_t kLargestExponent = 999'999'999'999'999'999;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool skip(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

std::string_view take_digits(std::string_view& text) {
  std::size_t length = 0;
  while (length < text.size() && is_digit(text[length])) ++length;
  const auto digits = text.substr(0, length);
  text.remove_prefix(length);
  return digits;
}

// What follows the E, to the end of the text.
std::optional<std::int64_t> parse_exponent(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (!skip(text, "-") && !skip(text, "+")) return std::nullopt;
  const auto digits = take_digits(text);
  if (!text.empty() || digits.empty() || digits.size() > 18 || digits.front() == '0') return std::nullopt;
  std::int64_t value = 0;
  for (const char digit : digits) value = value * 10 + (digit - '0');
  return negative ? -value : value;
}

}  // namespace

std::optional<DecimalParts> parse_decimal(std::string_view text) {
  DecimalParts parts;
  parts.negative = skip(text, "-");
  if (text == "Infinity") {
    parts.kind = DecimalParts::Kind::Infinite;
    return parts;
  }
  const bool signaling = skip(text, "s");
  if (skip(text, "NaN")) {
    parts.kind = signaling ? DecimalParts::Kind::SignalingNan : DecimalParts::Kind::QuietNan;
    const auto payload = take_digits(text);
    if (!text.empty() || payload.starts_with('0')) return std::nullopt;
    return parts;
  }
  const auto whole = take_digits(text);
  if (signaling || whole.empty() || (whole.size() > 1 && whole.front() == '0')) return std::nullopt;
  std::string_view after_point;
  if (skip(text, ".")) {
    after_point = take_digits(text);
    if (after_point.empty()) return std::nullopt;
  }
  const bool scientific = skip(text, "E");
  if (scientific) {
    // One digit stands before the point, and it is zero only in a zero.
    if (whole.size() != 1 || (whole.front() == '0' && !after_point.empty())) return std::nullopt;
    const auto exponent = parse_exponent(text);
    if (!exponent) return std::nullopt;
    parts.exponent = *exponent;
  } else if (!text.empty()) {
    return std::nullopt;
  }
  parts.exponent -= static_cast<std::int64_t>(after_point.size());

  parts.digits.reserve(whole.size() + after_point.size());
  parts.digits.append(whole).append(after_point);
  const auto num_leading = std::min(parts.digits.find_first_not_of('0'), parts.digits.size() - 1);
  parts.digits.erase(0, num_leading);
  // str() writes an exponent when it is positive or the first digit stands far behind the point, and only then.
  const auto first_digit = parts.exponent + static_cast<std::int64_t>(parts.digits.size());
  if (scientific != (parts.exponent > 0 || first_digit <= -6)) return std::nullopt;
  if (first_digit - 1 > kLargestExponent || first_digit - 1 < -kLargestExponent) return std::nullopt;

  const auto last = parts.digits.find_last_not_of('0');
  const auto length = last == std::string::npos ? 0 : last + 1;
  parts.exponent = length == 0 ? 0 : parts.exponent + static_cast<std::int64_t>(parts.digits.size() - length);
  parts.digits.resize(length);
  return parts;
}

}  // namespace ucoder::value
