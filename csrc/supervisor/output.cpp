#include "supervisor/output.h"

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "value/writer.h"

namespace ucoder {
namespace {

constexpr std::string_view kDigits{"0123456789"};

constexpr std::string_view kSpace{" \t\n\r\v\f"};

class Words {
 public:
  explicit Words(std::string_view text) : rest_(text) {}
  // Empty at the end.
  std::string_view next() {
    const std::size_t start = rest_.find_first_not_of(kSpace);
    if (start == std::string_view::npos) return {};
    rest_.remove_prefix(start);
    const std::string_view word = rest_.substr(0, rest_.find_first_of(kSpace));
    rest_.remove_prefix(word.size());
    return word;
  }

 private:
  std::string_view rest_;
};

std::string_view stripped(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kSpace);
  return first == std::string_view::npos ? std::string_view()
                                         : text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

// Cuts the first line off, without white space at its ends.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = stripped(text.substr(0, end));
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

// A decimal number without a rounding: sign, digits without zeros at either end, power of ten of the last digit.
struct Exact {
  bool negative = false;
  std::string digits;
  long exponent = 0;
  bool integer = true;  // written without point and exponent
  bool operator==(const Exact& other) const {
    return digits == other.digits && (digits.empty() || (negative == other.negative && exponent == other.exponent));
  }
};

constexpr std::size_t kMostExponentDigits = 9;

bool take_exponent(std::string_view text, Exact& number) {
  if (text.empty()) return true;
  number.integer = false;
  text.remove_prefix(1);
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || text.size() > kMostExponentDigits) return false;
  if (text.find_first_not_of(kDigits) != std::string_view::npos) return false;
  const long power = std::strtol(std::string(text).c_str(), nullptr, 10);
  number.exponent += negative ? -power : power;
  return true;
}

std::optional<Exact> exact_of(std::string_view word) {
  Exact number;
  number.negative = word.starts_with('-');
  if (number.negative || word.starts_with('+')) word.remove_prefix(1);
  const std::size_t end = std::min(word.find_first_of("eE"), word.size());
  std::string_view digits = word.substr(0, end);
  const std::size_t point = digits.find('.');
  number.digits = digits.substr(0, point);
  if (point != std::string_view::npos) {
    const std::string_view fraction = digits.substr(point + 1);
    number.digits += fraction;
    number.exponent = -static_cast<long>(fraction.size());
    number.integer = false;
  }
  if (number.digits.empty() || number.digits.find_first_not_of(kDigits) != std::string::npos) return std::nullopt;
  if (!take_exponent(word.substr(end), number)) return std::nullopt;
  number.digits.erase(0, std::min(number.digits.find_first_not_of('0'), number.digits.size()));
  while (number.digits.ends_with('0')) {
    number.digits.pop_back();
    ++number.exponent;
  }
  return number;
}

bool same_number(std::string_view left, std::string_view right, Tolerance tolerance) {
  const auto one = exact_of(left);
  const auto other = exact_of(right);
  if (!one || !other) return false;
  const bool exact = tolerance.absolute == 0 && tolerance.relative == 0;
  // Integers are exact whatever the tolerance: 10**18 + 1 is not 10**18.
  if (exact || (one->integer && other->integer)) return *one == *other;
  std::string real_left;
  std::string real_right;
  value::ValueWriter(real_left).real(std::strtod(std::string(left).c_str(), nullptr));
  value::ValueWriter(real_right).real(std::strtod(std::string(right).c_str(), nullptr));
  return judged_equal(real_left, real_right, tolerance);
}

bool words_match(std::string_view output, std::string_view expected, bool numeric, Tolerance tolerance) {
  Words left(output);
  Words right(expected);
  for (;;) {
    const std::string_view one = left.next();
    const std::string_view other = right.next();
    if (one.empty() || other.empty()) return one.empty() && other.empty();
    if (one != other && !(numeric && same_number(one, other, tolerance))) return false;
  }
}

bool is_numeric(std::string_view line) {
  Words words(line);
  std::string_view word = words.next();
  while (!word.empty() && exact_of(word)) word = words.next();
  return word.empty();
}

std::string lower_case(std::string_view text) {
  std::string lowered(text);
  for (char& one : lowered) {
    if (one >= 'A' && one <= 'Z') one = static_cast<char>(one - 'A' + 'a');
  }
  return lowered;
}

bool lines_match(std::string_view output, std::string_view expected, Tolerance tolerance) {
  std::string_view left = stripped(output);
  std::string_view right = stripped(expected);
  if (std::ranges::count(left, '\n') != std::ranges::count(right, '\n')) return false;
  while (!left.empty() || !right.empty()) {
    const std::string_view one = take_line(left);
    const std::string_view other = take_line(right);
    if (one == other) continue;
    if (!is_numeric(one) || !is_numeric(other) || !words_match(one, other, true, tolerance)) return false;
  }
  return true;
}

}  // namespace

bool output_matches(std::string_view output, std::string_view expected, Comparison comparison, Tolerance tolerance) {
  if (comparison == Comparison::Exact) return output == expected;
  if (comparison == Comparison::Lines) return lines_match(output, expected, tolerance);
  if (comparison == Comparison::Caseless) {
    return words_match(lower_case(output), lower_case(expected), true, tolerance);
  }
  return words_match(output, expected, comparison == Comparison::Numeric, tolerance);
}

std::string normalised(std::string_view output, Comparison comparison) {
  if (comparison == Comparison::Exact) return std::string(output);
  std::string text;
  if (comparison == Comparison::Lines) {
    for (std::string_view left = stripped(output); !left.empty();) {
      text += take_line(left);
      if (!left.empty()) text += '\n';
    }
    return text;
  }
  Words words(output);
  for (std::string_view word = words.next(); !word.empty(); word = words.next()) {
    if (!text.empty()) text += ' ';
    text += word;
  }
  return comparison == Comparison::Caseless ? lower_case(text) : text;
}

}  // namespace ucoder
