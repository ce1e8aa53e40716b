// Values as bytes: what the writer writes, the reader reads; what an adversary writes is refused; the two relations.
// The relations are held against Python itself in tests/test_values.py.
#include "ucoder/value.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "value/coprime.h"
#include "value/decimal_text.h"
#include "value/number.h"
#include "value/reader.h"
#include "value/secret.h"
#include "value/utf8.h"
#include "value/writer.h"

using namespace std::string_literals;
using ucoder::Digest;
using ucoder::digest;
using ucoder::DigestKey;
using ucoder::is_truthy;
using ucoder::judged_equal;
using ucoder::same_behaviour;
using ucoder::validate;
using ucoder::ValueLimits;
using ucoder::value::Tag;
using ucoder::value::ValueReader;
using ucoder::value::ValueWriter;

namespace {

constexpr ValueLimits kLimits;
constexpr DigestKey kKey = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

template <typename Write>
std::string written(Write write) {
  std::string bytes;
  ValueWriter writer(bytes);
  write(writer);
  return bytes;
}

std::string integer(std::int64_t value) {
  return written([&](ValueWriter& writer) { writer.integer(value); });
}
std::string real(double value) {
  return written([&](ValueWriter& writer) { writer.real(value); });
}
std::string text(std::string_view value) {
  return written([&](ValueWriter& writer) { writer.text(value); });
}
std::string decimal(std::string_view value) {
  return written([&](ValueWriter& writer) { writer.decimal(value); });
}
std::string fraction(std::int64_t numerator, std::int64_t denominator) {
  return written([&](ValueWriter& writer) {
    writer.fraction();
    writer.integer(numerator);
    writer.integer(denominator);
  });
}
// A container of encoded items; of a mapping, keys and values in turn.
std::string container(Tag tag, const std::vector<std::string>& items) {
  return written([&](ValueWriter& writer) {
    writer.container(tag, ucoder::value::is_mapping(tag) ? items.size() / 2 : items.size());
    for (const std::string& item : items) writer.encoded(item);
  });
}

const std::string kNone = "N";
const std::string kNan = real(std::numeric_limits<double>::quiet_NaN());

// One of every type.
std::vector<std::string> one_of_each() {
  const std::string array = written([](ValueWriter& writer) {
    writer.array(std::array<std::size_t, 2>{2, 1}, 'u');
    writer.unsigned_integer(std::numeric_limits<std::uint64_t>::max());
    writer.integer(0);
  });
  std::vector<std::string> values = {
      kNone,           "T",  "F", integer(-300), real(1.5), text("h\xc3\xa9\xed\xa0\x80"), decimal("-1.25E+30"),
      fraction(-1, 3), array};
  values.push_back(written([](ValueWriter& writer) { writer.complex(1, -2); }));
  values.push_back(written([](ValueWriter& writer) { writer.bytes("\x00\xff"s); }));
  values.push_back(written([](ValueWriter& writer) { writer.bytearray("b"); }));
  for (const Tag tag : {Tag::List, Tag::Tuple, Tag::Deque, Tag::Set, Tag::Frozenset}) {
    values.push_back(container(tag, {integer(1), text("a")}));
  }
  for (const Tag tag : {Tag::Dict, Tag::Defaultdict, Tag::OrderedDict, Tag::Counter}) {
    values.push_back(container(tag, {text("k"), integer(1), integer(2), kNone}));
  }
  values.push_back(container(Tag::List, values));
  return values;
}

}  // namespace

TEST_CASE("every type that is written validates and is passed as a whole") {
  for (const std::string& value : one_of_each()) {
    CAPTURE(value);
    CHECK(validate(value, kLimits) == nullptr);
    ValueReader reader(value);
    CHECK(reader.whole() == value);
    CHECK(reader.at_end());
  }
}

TEST_CASE("no proper beginning of a value is a value") {
  for (const std::string& value : one_of_each()) {
    for (std::size_t length = 0; length < value.size(); ++length) {
      CAPTURE(value);
      CAPTURE(length);
      CHECK(validate(value.substr(0, length), kLimits) != nullptr);
    }
    CHECK(validate(value + "N", kLimits) != nullptr);
  }
}

TEST_CASE("integers are written in their shortest form and read back") {
  const std::int64_t least = std::numeric_limits<std::int64_t>::min();
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  for (const std::int64_t value :
       {std::int64_t{0}, std::int64_t{1}, std::int64_t{-1}, std::int64_t{127}, std::int64_t{128}, std::int64_t{-128},
        std::int64_t{-129}, std::int64_t{32767}, std::int64_t{32768}, std::int64_t{-32768}, least, most}) {
    CAPTURE(value);
    const std::string bytes = integer(value);
    CHECK(validate(bytes, kLimits) == nullptr);
    CHECK(ValueReader(bytes).integer() == value);
    // The same from a longer form.
    std::string longer(12, value < 0 ? '\xff' : '\0');
    for (std::size_t i = 0; i < 8; ++i) {
      longer[i] = static_cast<char>(static_cast<unsigned char>(static_cast<std::uint64_t>(value) >> (8 * i)));
    }
    CHECK(written([&](ValueWriter& writer) { writer.integer_bytes(longer); }) == bytes);
  }
  CHECK(integer(0) == "i\0"s);
  CHECK(integer(128) == "i\x02\x80\0"s);
  const std::string large = written([](ValueWriter& writer) { writer.unsigned_integer(std::uint64_t{1} << 63); });
  CHECK_FALSE(ValueReader(large).integer().has_value());
}

TEST_CASE("a reader that failed reads nothing more") {
  const std::string bytes = integer(5) + "T";
  ValueReader reader(bytes);
  CHECK_FALSE(reader.text().has_value());
  CHECK(reader.failed());
  CHECK(reader.peek() == Tag::End);
  CHECK_FALSE(reader.integer().has_value());
  CHECK_FALSE(reader.at_end());
}

TEST_CASE("a plan is read item by item") {
  const std::string plan = container(Tag::Tuple, {text("f"), container(Tag::List, {integer(1), real(2)}), "T"});
  ValueReader reader(plan);
  CHECK(reader.count(Tag::Tuple) == 3U);
  CHECK(reader.text() == "f");
  CHECK(reader.whole() == container(Tag::List, {integer(1), real(2)}));
  CHECK(reader.boolean() == true);
  CHECK(reader.at_end());
}

TEST_CASE("a writer that is full stays within its limit") {
  for (const std::string& value : one_of_each()) {
    for (std::size_t limit = 0; limit <= value.size(); ++limit) {
      std::string bytes = "before";
      ValueWriter writer(bytes, limit);
      writer.encoded(value.substr(0, 1));
      writer.encoded(value.substr(1));
      CHECK(writer.full() == (limit < value.size()));
      CHECK(bytes.size() <= 6 + limit);
    }
  }
  std::string bytes;
  ValueWriter writer(bytes, 4);
  writer.text("abc");
  CHECK(writer.full());
  writer.none();
  CHECK(writer.full());
  CHECK(bytes.empty());
}

TEST_CASE("limits bound size and nesting") {
  const std::string nested = "l\x01l\x01l\x01N";
  CHECK(validate(nested, {64, 3}) == nullptr);
  CHECK(validate(nested, {64, 2}) != nullptr);
  CHECK(validate(nested, {nested.size() - 1, 3}) != nullptr);
  // A limit above what recursion can bear is lowered to it.
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "l\x01";
  CHECK(validate(deep + "N", {1 << 20, 1 << 20}) != nullptr);
  CHECK_FALSE(judged_equal(deep + "N", deep + "N"));
}

TEST_CASE("counts that only a longer value could hold are refused at once") {
  const std::string most = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";
  for (const char tag : "sbBltqSZdDOCMia"s) {
    CHECK(validate(tag + most, kLimits) != nullptr);
    CHECK(validate(tag + most + "NNNN", kLimits) != nullptr);
  }
  CHECK(validate("a\x02" + most + most + "b", kLimits) != nullptr);
  CHECK(validate("a\x02\0"s + most + "b", kLimits) != nullptr);
}

TEST_CASE("what Python cannot hash is no key") {
  const std::string list = container(Tag::List, {});
  for (const std::string& key : {list, container(Tag::Tuple, {integer(1), list}), "B\0"s, decimal("sNaN"),
                                 container(Tag::Set, {}), container(Tag::Frozenset, {container(Tag::Dict, {})})}) {
    CHECK(validate(container(Tag::Set, {key}), kLimits) != nullptr);
    CHECK(validate(container(Tag::Dict, {key, kNone}), kLimits) != nullptr);
    CHECK(validate(container(Tag::Dict, {kNone, key}), kLimits) == (key[0] == 'Z' ? validate(key, kLimits) : nullptr));
  }
}

TEST_CASE("an OrderedDict has no Fraction in its keys") {
  const std::string third = fraction(1, 3);
  for (const std::string& key : {third, container(Tag::Tuple, {integer(1), container(Tag::Frozenset, {third})})}) {
    CHECK(validate(container(Tag::OrderedDict, {key, kNone}), kLimits) != nullptr);
    CHECK(validate(container(Tag::Dict, {key, kNone}), kLimits) == nullptr);
    CHECK(validate(container(Tag::OrderedDict, {kNone, key}), kLimits) == nullptr);
  }
}

TEST_CASE("no two keys are equal, but any number of them may be NaN") {
  const std::vector<std::string> ones = {integer(1), "T", real(1), decimal("1"), decimal("1.0"), fraction(1, 1)};
  for (const std::string& left : ones) {
    for (const std::string& right : ones) {
      CHECK(validate(container(Tag::Set, {left, right}), kLimits) != nullptr);
      CHECK(validate(container(Tag::Counter, {left, kNone, right, kNone}), kLimits) != nullptr);
      CHECK(judged_equal(left, right));
    }
  }
  CHECK(validate(container(Tag::Set, {kNan, kNan, kNan}), kLimits) == nullptr);
  CHECK_FALSE(judged_equal(container(Tag::Set, {kNan}), container(Tag::Set, {kNan})));
}

TEST_CASE("sequences compare by type and order, sets and mappings by content") {
  const auto of = [](Tag tag) { return container(tag, {integer(1), text("a")}); };
  const auto reversed = [](Tag tag) { return container(tag, {text("a"), integer(1)}); };
  CHECK_FALSE(judged_equal(of(Tag::List), of(Tag::Tuple)));
  CHECK_FALSE(judged_equal(of(Tag::List), of(Tag::Deque)));
  CHECK_FALSE(judged_equal(of(Tag::List), reversed(Tag::List)));
  CHECK(judged_equal(of(Tag::Set), reversed(Tag::Frozenset)));
  const std::vector<std::string> pairs = {integer(1), text("a"), integer(2), text("b")};
  const std::vector<std::string> turned = {integer(2), text("b"), integer(1), text("a")};
  for (const Tag left : {Tag::Dict, Tag::Defaultdict, Tag::OrderedDict}) {
    for (const Tag right : {Tag::Dict, Tag::Defaultdict, Tag::OrderedDict, Tag::Counter}) {
      CHECK(judged_equal(container(left, pairs), container(right, pairs)));
      const bool is_ordered = left == Tag::OrderedDict && right == Tag::OrderedDict;
      CHECK(judged_equal(container(left, pairs), container(right, turned)) == !is_ordered);
      CHECK(same_behaviour(container(left, pairs), container(right, turned)));
    }
  }
}

TEST_CASE("a Counter takes a missing count as zero, from another Counter only") {
  const std::string zero = container(Tag::Counter, {text("a"), integer(0)});
  const std::string empty = container(Tag::Counter, {});
  CHECK(judged_equal(zero, empty));
  CHECK(judged_equal(empty, zero));
  CHECK_FALSE(judged_equal(empty, container(Tag::Counter, {text("a"), integer(1)})));
  CHECK_FALSE(judged_equal(zero, container(Tag::Dict, {})));
  CHECK_FALSE(same_behaviour(zero, empty));
  CHECK(judged_equal(container(Tag::Counter, {kNan, integer(0)}), empty));
}

TEST_CASE("a tolerance moves numbers together and nothing else") {
  const auto close = [](const std::string& left, const std::string& right) {
    return judged_equal(left, right, {1e-6, 0});
  };
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(close(real(1), real(1 + 1e-7)));
  CHECK(close(integer(1), real(1 + 1e-7)));
  CHECK(close(fraction(1, 3), real(0.3333333)));
  CHECK(close(decimal("0.5"), real(0.5000001)));
  CHECK_FALSE(close(real(1), real(1.1)));
  CHECK_FALSE(close(decimal("1"), decimal("1.0000001")));
  CHECK_FALSE(close(kNan, kNan));
  CHECK(close(real(infinity), real(infinity)));
  CHECK_FALSE(judged_equal(real(infinity), real(1e308), {infinity, infinity}));
  CHECK(close(container(Tag::Dict, {text("k"), real(1)}), container(Tag::Dict, {text("k"), real(1 + 1e-7)})));
  CHECK_FALSE(close(container(Tag::Set, {real(1)}), container(Tag::Set, {real(1 + 1e-7)})));
}

TEST_CASE("a huge exponent costs no more than its digits") {
  const std::string huge = decimal("1E+999999999999999999");
  CHECK(validate(huge, kLimits) == nullptr);
  CHECK_FALSE(judged_equal(huge, integer(1)));
  CHECK_FALSE(judged_equal(huge, real(1e308)));
  CHECK_FALSE(judged_equal(huge, fraction(1, 3)));
  CHECK(judged_equal(huge, huge));
  CHECK(validate(decimal("1E+1000000000000000000"), kLimits) != nullptr);
  CHECK(is_truthy(huge));
}

TEST_CASE("truth is Python's") {
  for (const std::string& value :
       {kNone, "F"s, integer(0), real(0), real(-0.0), decimal("0E+3"), fraction(0, 1), text(""), "b\0"s,
        container(Tag::List, {}), container(Tag::Dict, {}), "a\x01\0b"s, "a\0bF"s}) {
    CHECK_FALSE(is_truthy(value));
  }
  for (const std::string& value : {"T"s, integer(-1), kNan, decimal("NaN"), fraction(1, 2), text("0"), "a\0bT"s,
                                   container(Tag::Set, {kNone}), container(Tag::Dict, {kNone, kNone})}) {
    CHECK(is_truthy(value));
  }
}

TEST_CASE("SipHash gives the digests its authors published") {
  // vectors_sip128 of the reference implementation: the key above, and the bytes 0, 1, 2, ... as input.
  const std::vector<std::pair<std::size_t, Digest>> published = {
      {0, {0xe6a825ba047f81a3, 0x930255c71472f66d}}, {1, {0x44af996bd8c187da, 0x45fc229b11597634}},
      {2, {0xc75da4a48d227781, 0xe4ff0af6de8ba3fc}}, {3, {0x4ea967520cb6709c, 0x51ed8529b0b6335f}},
      {4, {0xaf8f9c2dc16481f8, 0x7955cd7b7c6e0f7d}}, {5, {0x886f778059876813, 0x27960e69077a5254}},
      {6, {0x1386208b33caee14, 0x5ea1d78f30a05e48}}, {7, {0x53c1dbd8beebf1a1, 0x3982f01fa64ab8c0}},
      {8, {0x61f55862baa9623b, 0xb49714f364e2830f}}, {15, {0x11a8b03399e99354, 0xd9c3cf970fec087e}}};
  std::string input;
  for (char byte = 0; byte < 16; ++byte) input.push_back(byte);
  for (const auto& [bytes, expected] : published) {
    const std::size_t length = bytes;  // clang 14 captures no binding
    CAPTURE(length);
    const Digest found = ucoder::siphash128(std::string_view(input).substr(0, length), kKey);
    CHECK(found.low == expected.low);
    CHECK(found.high == expected.high);
  }
}

TEST_CASE("digests are equal where behaviour is the same") {
  const std::vector<std::string> values = one_of_each();
  for (const std::string& left : values) {
    for (const std::string& right : values) {
      CHECK(same_behaviour(left, right) == (digest(left, kKey) == digest(right, kKey)));
    }
  }
  CHECK(same_behaviour(real(0), real(-0.0)));
  CHECK(same_behaviour(integer(1), "T"));
  CHECK(same_behaviour(kNan, kNan));
  CHECK_FALSE(same_behaviour(decimal("1"), integer(1)));
}

TEST_CASE("a whole float is the integer it equals") {
  for (const int exponent : {0, 1, 10, 52, 53, 54, 62, 63, 64, 65, 100, 1023}) {
    for (const double sign : {1.0, -1.0}) {
      const double value = sign * std::ldexp(1.0, exponent);
      std::string bytes(static_cast<std::size_t>(exponent / 8 + 2), sign < 0 ? '\xff' : '\0');
      const auto byte = static_cast<std::size_t>(exponent / 8);
      std::fill(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(byte), '\0');
      const int bit = 1 << (exponent % 8);
      bytes[byte] = static_cast<char>(sign < 0 ? -bit : bit);
      const std::string whole = written([&](ValueWriter& writer) { writer.integer_bytes(bytes); });
      CAPTURE(value);
      CHECK(judged_equal(real(value), whole));
      CHECK(same_behaviour(real(value), whole));
      CHECK_FALSE(judged_equal(real(std::nextafter(value, 0)), whole));
    }
  }
}

TEST_CASE("a Decimal's text is taken as str() writes it, and in no other form") {
  using ucoder::value::parse_decimal;
  for (const char* good : {"0", "-0", "0.00", "0E+1", "0E-7", "1", "-12.340", "0.000001", "1E-7", "1.5E+3", "1E+1",
                           "1.23E-999999999999999999", "NaN", "-sNaN12", "Infinity", "0.0000010", "1.0E-7"}) {
    CAPTURE(good);
    CHECK(parse_decimal(good).has_value());
  }
  for (const char* bad :
       {"",      "-",         "+1",    "01",      "1.",        ".5",     "1e5", "1E5",
        "1E+05", "1E+0",      "12E+3", "1E-6",    "0.0000001", "1E+",    "inf", "nan",
        "NaN01", "sInfinity", "s1",    "1 ",      "--1",       "0.0E+5", "00",  "1E+1000000000000000000",
        "0E-6",  "99E+0",     "1.0.0", "1E+1E+1", "0.00E-7"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_decimal(bad).has_value());
  }
  const auto parts = parse_decimal("-12.340");
  CHECK(parts->negative);
  CHECK(parts->digits == "1234");
  CHECK(parts->exponent == -2);
}

TEST_CASE("UTF-8 may hold lone surrogates and nothing else that is not Unicode") {
  using ucoder::value::is_utf8;
  for (const auto& good : {""s, "abcdefghijklmnop"s, "\xc2\x80"s, "\xed\xa0\x80"s, "\xed\xbf\xbf"s, "\xef\xbf\xbf"s,
                           "\xf4\x8f\xbf\xbf"s, "12345678\xe2\x82\xac"s, "\0"s}) {
    CHECK(is_utf8(good));
  }
  for (const auto& bad : {"\x80"s, "\xc0\x80"s, "\xc1\xbf"s, "\xe0\x9f\xbf"s, "\xf0\x8f\xbf\xbf"s, "\xf4\x90\x80\x80"s,
                          "\xf5\x80\x80\x80"s, "\xe2\x82"s, "\xff"s, "12345678\xc2"s, "\xc2\x41"s}) {
    CHECK_FALSE(is_utf8(bad));
  }
}

TEST_CASE("coprime numbers are told from others at every size") {
  std::mt19937_64 random(7);
  const auto bytes = [](std::int64_t value) { return integer(value).substr(2); };
  for (int i = 0; i < 3000; ++i) {
    const auto left = static_cast<std::int64_t>(random() >> (random() % 63 + 1));
    const auto right = static_cast<std::int64_t>(random() >> (random() % 63 + 1));
    CHECK(ucoder::value::are_coprime(bytes(left), bytes(right)) == (std::gcd(left, right) == 1));
    CHECK(ucoder::value::are_coprime(bytes(-left), bytes(right)) == (std::gcd(left, right) == 1));
  }
  // Powers of 3 and of 5 in many limbs, and a common factor put into both.
  const auto power = [](unsigned base, int exponent) {
    std::string number(1, '\1');
    for (int i = 0; i < exponent; ++i) {
      unsigned carry = 0;
      for (char& digit : number) {
        carry += static_cast<unsigned char>(digit) * base;
        digit = static_cast<char>(static_cast<unsigned char>(carry));
        carry >>= 8;
      }
      if (carry) number.push_back(static_cast<char>(static_cast<unsigned char>(carry)));
    }
    return number + '\0';
  };
  CHECK(ucoder::value::are_coprime(power(3, 800), power(5, 600)));
  CHECK(ucoder::value::are_coprime(power(3, 800), power(2, 1000)));
  CHECK_FALSE(ucoder::value::are_coprime(power(15, 300), power(5, 600)));
  CHECK_FALSE(ucoder::value::are_coprime(power(6, 300), power(2, 600)));
}

TEST_CASE("primality is decided rightly") {
  using ucoder::value::is_prime;
  int num_primes = 0;
  for (std::uint64_t n = 0; n < 10'000; ++n) num_primes += is_prime(n) ? 1 : 0;
  CHECK(num_primes == 1229);
  CHECK(is_prime((std::uint64_t{1} << 61) - 1));
  CHECK_FALSE(is_prime((std::uint64_t{1} << 61) - 3));
  CHECK_FALSE(is_prime(3215031751));  // a strong pseudoprime to the bases 2, 3, 5 and 7
  for (const auto& field : ucoder::value::secret().fields) CHECK(is_prime(field.prime));
}

TEST_CASE("equal numbers of all types hash alike") {
  const std::string two_to_64 = written([](ValueWriter& writer) { writer.integer_bytes("\0\0\0\0\0\0\0\0\1"s); });
  const std::vector<std::vector<std::string>> classes = {
      {integer(0), real(0), real(-0.0), "F", decimal("-0"), decimal("0E+9"), fraction(0, 1)},
      {integer(1), real(1), "T", decimal("1.000"), fraction(1, 1)},
      {integer(-1), real(-1), decimal("-1")},
      {real(0.5), decimal("0.5"), fraction(1, 2)},
      {real(-0.375), decimal("-0.375"), fraction(-3, 8)},
      {two_to_64, real(18446744073709551616.0), decimal("18446744073709551616")},
      {real(std::numeric_limits<double>::infinity()), decimal("Infinity")},
      {real(-std::numeric_limits<double>::infinity()), decimal("-Infinity")},
  };
  for (const auto& row : classes) {
    for (const auto& column : classes) {
      for (const std::string& left : row) {
        for (const std::string& right : column) {
          CAPTURE(left);
          CAPTURE(right);
          CHECK(judged_equal(left, right) == (&row == &column));
          CHECK(judged_equal(container(Tag::Set, {left}), container(Tag::Set, {right})) == (&row == &column));
        }
      }
    }
  }
}

TEST_CASE("changed bytes never lead out of bounds") {
  std::mt19937_64 random(11);
  const std::vector<std::string> seeds = one_of_each();
  const std::string alphabet = "NTFifcsbBltqSZdDOCMRa\0\1\2\3\x7f\x80\xff"s;
  int num_valid = 0;
  for (int i = 0; i < 30'000; ++i) {
    std::string bytes = seeds[random() % seeds.size()];
    for (std::uint64_t n = random() % 4 + 1; n > 0; --n) {
      const std::size_t at = random() % bytes.size();
      if (random() % 3 == 0) {
        bytes.insert(at, seeds[random() % seeds.size()]);
      } else {
        bytes[at] = alphabet[random() % alphabet.size()];
      }
    }
    // None of them needs validated bytes to be safe.
    judged_equal(bytes, seeds[random() % seeds.size()], {0.5, 0.5});
    is_truthy(bytes);
    same_behaviour(bytes, seeds[random() % seeds.size()]);
    if (validate(bytes, kLimits) != nullptr) continue;
    ++num_valid;
    CHECK(same_behaviour(bytes, bytes));
    CHECK(ValueReader(bytes).whole() == bytes);
  }
  CHECK(num_valid > 100);
}
