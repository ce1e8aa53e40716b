// SignatureMatrix: who passed what, 64 tests to a word.
//
// Two planes of bits, pass and ran, one row per candidate. Bit t of a row is word t / 64, bit t % 64. Bits past the
// last test are zero in both planes (the invariant that makes word-wise comparison an equality of rows), and a pass
// bit implies its ran bit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ucoder/outcome.h"

namespace ucoder {

class SignatureMatrix {
 public:
  SignatureMatrix(std::size_t num_rows, std::size_t num_tests);

  // From row-major outcomes, num_rows * num_tests of them. Throws std::invalid_argument on another size.
  static SignatureMatrix from_outcomes(std::span<const Outcome> outcomes, std::size_t num_rows, std::size_t num_tests);

  void set(std::size_t row, std::size_t test, Outcome outcome);

  std::size_t num_rows() const { return num_rows_; }
  std::size_t num_tests() const { return num_tests_; }
  std::size_t num_words() const { return num_words_; }  // words per row and plane

  std::span<const std::uint64_t> pass_words() const { return pass_; }  // num_rows * num_words, row-major
  std::span<const std::uint64_t> ran_words() const { return ran_; }

  // Popcounts per row: tests passed, tests that ran to an end.
  std::vector<std::uint32_t> pass_counts() const;
  std::vector<std::uint32_t> ran_counts() const;

 private:
  std::size_t num_rows_ = 0;
  std::size_t num_tests_ = 0;
  std::size_t num_words_ = 0;
  std::vector<std::uint64_t> pass_;
  std::vector<std::uint64_t> ran_;
};

}  // namespace ucoder
