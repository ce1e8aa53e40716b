// The codec as an adversary meets it: any bytes, read and validated; what is valid is compared, hashed and judged.
#include <fuzzer/FuzzedDataProvider.h>

#include <string>

#include "property.h"
#include "supervisor/output.h"
#include "ucoder/value.h"
#include "value/reader.h"

namespace ucoder {
namespace {

constexpr DigestKey kKey = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
constexpr Tolerance kLoose{1e-6, 1e-6};

bool check_valid(const std::string& bytes) {
  value::ValueReader reader(bytes);
  const auto whole = reader.whole();
  if (validate(bytes, {}) != nullptr) return false;
  must_hold(whole && *whole == bytes, "a valid value is one whole value to the reader");
  must_hold(same_behaviour(bytes, bytes), "a value behaves as itself");
  must_hold(digest(bytes, kKey) == digest(bytes, kKey), "a digest is a function");
  judged_equal(bytes, bytes);
  is_truthy(bytes);
  return true;
}

void check_pair(const std::string& left, const std::string& right) {
  must_hold(same_behaviour(left, right) == (digest(left, kKey) == digest(right, kKey)),
            "the same behaviour is the same digest");
  const bool equal = judged_equal(left, right);
  must_hold(equal == judged_equal(right, left), "equality is symmetric");
  must_hold(judged_equal(left, right, kLoose) == judged_equal(right, left, kLoose), "closeness is symmetric");
  if (equal) must_hold(is_truthy(left) == is_truthy(right), "equal values have one truth");
}

}  // namespace
}  // namespace ucoder

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  const std::size_t left_size = input.ConsumeIntegralInRange<std::size_t>(0, size);
  const std::string left = input.ConsumeBytesAsString(left_size);
  const std::string right = input.ConsumeRemainingBytesAsString();
  const bool left_valid = ucoder::check_valid(left);
  const bool right_valid = ucoder::check_valid(right);
  if (left_valid && right_valid) ucoder::check_pair(left, right);
  for (const auto comparison : {ucoder::Comparison::Exact, ucoder::Comparison::Whitespace, ucoder::Comparison::Numeric,
                                ucoder::Comparison::Caseless}) {
    ucoder::output_matches(left, right, comparison, ucoder::kLoose);
  }
  return 0;
}
