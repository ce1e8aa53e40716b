#include "supervisor/output.h"

#include <cstdlib>

#include "value/writer.h"

namespace ucoder {
namespace {

constexpr ValueLimits kWordLimits{4096, 1};

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
  static constexpr std::string_view kSpace{" \t\n\r\v\f"};
  std::string_view rest_;
};

// A word as a number: an exact Decimal, or with a tolerance the nearest double.
bool number_of(std::string_view word, std::string& exact, double& nearest) {
  if (!word.empty() && word.front() == '+') word.remove_prefix(1);
  if (word.empty() || word.find_first_not_of("0123456789.eE+-") != std::string_view::npos) return false;
  std::string text(word);
  char* end = nullptr;
  nearest = std::strtod(text.c_str(), &end);
  if (*end != '\0') return false;
  // Decimal's own text has no bare point at either end.
  if (text.front() == '.') text.insert(0, "0");
  if (text.starts_with("-.")) text.insert(1, "0");
  if (text.back() == '.') text.pop_back();
  value::ValueWriter writer(exact);
  writer.decimal(text);
  return validate(exact, kWordLimits) == nullptr;
}

bool is_integer(std::string_view word) { return word.find_first_not_of("+-0123456789") == std::string_view::npos; }

bool same_number(std::string_view left, std::string_view right, Tolerance tolerance) {
  std::string exact_left;
  std::string exact_right;
  double near_left = 0;
  double near_right = 0;
  if (!number_of(left, exact_left, near_left) || !number_of(right, exact_right, near_right)) return false;
  // Integers are exact whatever the tolerance: 10**18 + 1 is not 10**18.
  if (is_integer(left) && is_integer(right)) return judged_equal(exact_left, exact_right);
  if (tolerance.absolute == 0 && tolerance.relative == 0) return judged_equal(exact_left, exact_right);
  std::string real_left;
  std::string real_right;
  value::ValueWriter(real_left).real(near_left);
  value::ValueWriter(real_right).real(near_right);
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

}  // namespace

bool output_matches(std::string_view output, std::string_view expected, Comparison comparison, Tolerance tolerance) {
  if (comparison == Comparison::Exact) return output == expected;
  return words_match(output, expected, comparison == Comparison::Numeric, tolerance);
}

std::string normalised(std::string_view output, Comparison comparison) {
  if (comparison == Comparison::Exact) return std::string(output);
  std::string text;
  Words words(output);
  for (std::string_view word = words.next(); !word.empty(); word = words.next()) {
    if (!text.empty()) text += ' ';
    text += word;
  }
  return text;
}

}  // namespace ucoder
