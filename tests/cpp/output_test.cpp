#include "supervisor/output.h"

#include <doctest/doctest.h>

#include <string>

using ucoder::Comparison;
using ucoder::normalised;
using ucoder::output_matches;

TEST_CASE("an exact comparison sees every byte") {
  CHECK(output_matches("a b\n", "a b\n", Comparison::Exact, {}));
  CHECK_FALSE(output_matches("a b", "a b\n", Comparison::Exact, {}));
}

TEST_CASE("a white space comparison sees words only") {
  CHECK(output_matches(" a\tb\r\n\n", "a b", Comparison::Whitespace, {}));
  CHECK_FALSE(output_matches("ab", "a b", Comparison::Whitespace, {}));
  CHECK_FALSE(output_matches("a", "a b", Comparison::Whitespace, {}));
  CHECK_FALSE(output_matches("a b c", "a b", Comparison::Whitespace, {}));
  CHECK_FALSE(output_matches("1.0", "1", Comparison::Whitespace, {}));
}

TEST_CASE("a numeric comparison keeps integers exact whatever the tolerance") {
  CHECK_FALSE(output_matches("1000000000000000001", "1000000000000000000", Comparison::Numeric, {1e-6, 1e-6}));
  CHECK(output_matches("007", "7", Comparison::Numeric, {1e-6, 1e-6}));
}

TEST_CASE("a numeric comparison is exact without a tolerance and close with one") {
  CHECK(output_matches("1.50 +2", "1.5 2", Comparison::Numeric, {}));
  CHECK(output_matches("1e3 .5 2.", "1000 0.5 2", Comparison::Numeric, {}));
  CHECK_FALSE(output_matches("0.3333333", "0.3333334", Comparison::Numeric, {}));
  CHECK(output_matches("0.3333333", "0.3333334", Comparison::Numeric, {1e-6, 0}));
  CHECK_FALSE(output_matches("nan", "NaN", Comparison::Numeric, {1e-6, 0}));
  CHECK_FALSE(output_matches("1 2", "1 2 3", Comparison::Numeric, {1e-6, 0}));
}

TEST_CASE("a comparison by lines keeps lines apart, and numbers in lines of numbers only") {
  CHECK(output_matches("\n a b \n1.0 2\n", "a b\n1 2.00", Comparison::Lines, {}));
  CHECK_FALSE(output_matches("1 2", "1\n2", Comparison::Lines, {}));
  CHECK_FALSE(output_matches("a  b", "a b", Comparison::Lines, {}));
  CHECK_FALSE(output_matches("x 1.0", "x 1", Comparison::Lines, {}));
  CHECK_FALSE(output_matches("a\n\nb", "a\nb", Comparison::Lines, {}));
  CHECK(output_matches("a\n\nb", "a\n \nb\n", Comparison::Lines, {}));
  CHECK_FALSE(output_matches("1000000000000000001", "1000000000000000000", Comparison::Lines, {}));
  CHECK_FALSE(output_matches("", "a", Comparison::Lines, {}));
  CHECK(output_matches("", "\n", Comparison::Lines, {}));
}

TEST_CASE("a comparison without case sees words, numbers within the tolerance, and one case of each letter") {
  CHECK(output_matches("YES\n1.00001 ", "Yes 1", Comparison::Caseless, {1e-4, 0}));
  CHECK_FALSE(output_matches("YES 1.00001", "Yes 1", Comparison::Caseless, {}));
  CHECK_FALSE(output_matches("YES", "N0", Comparison::Caseless, {}));
  CHECK_FALSE(output_matches("[", "{", Comparison::Caseless, {}));  // 32 apart, as letters are
  CHECK_FALSE(output_matches("1000000000000000001", "1000000000000000000", Comparison::Caseless, {1e-4, 0}));
}

TEST_CASE("outputs that no test can tell apart are one behaviour") {
  CHECK(normalised("Yes  1\n", Comparison::Caseless) == "yes 1");
  CHECK(normalised(" a b \n\n c\n", Comparison::Lines) == "a b\n\nc");
  CHECK(normalised("1  2\n3\n", Comparison::Whitespace) == "1 2 3");
  CHECK(normalised("1  2\n", Comparison::Exact) == "1  2\n");
}
