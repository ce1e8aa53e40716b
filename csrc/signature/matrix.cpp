#include <algorithm>
#include <bit>
#include <stdexcept>

#include "signature/byte_bits.h"
#include "signature/popcount_clones.h"
#include "ucoder/signature.h"

namespace ucoder {
namespace {

// The number of elements of a num_rows x num_columns table, refused where it does not fit.
std::size_t checked_size(std::size_t num_rows, std::size_t num_columns) {
  std::size_t size = 0;
  if (__builtin_mul_overflow(num_rows, num_columns, &size)) {
    throw std::invalid_argument("a signature matrix of this size does not fit in memory");
  }
  return size;
}

struct RowBits {
  std::uint64_t pass = 0;
  std::uint64_t ran = 0;
};

// Bits of up to 64 cells.
RowBits pack_word(const Outcome* cells, std::size_t num_cells) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(cells);
  static_assert(sizeof(Outcome) == 1);
  const std::uint64_t pass = equal_bytes(bytes, num_cells, static_cast<std::uint8_t>(Outcome::Pass));
  return {pass, pass | equal_bytes(bytes, num_cells, static_cast<std::uint8_t>(Outcome::Wrong))};
}

UCODER_POPCOUNT_CLONES
void count_bits(const std::uint64_t* words, std::size_t num_words, std::span<std::uint32_t> counts) {
  for (std::uint32_t& count : counts) {
    for (std::size_t i = 0; i < num_words; ++i) count += static_cast<std::uint32_t>(std::popcount(words[i]));
    words += num_words;
  }
}

}  // namespace

SignatureMatrix::SignatureMatrix(std::size_t num_rows, std::size_t num_tests)
    : num_rows_(num_rows),
      num_tests_(num_tests),
      num_words_(words_for(num_tests)),
      pass_(checked_size(num_rows, num_words_)),
      ran_(pass_.size()) {}

SignatureMatrix SignatureMatrix::from_outcomes(std::span<const Outcome> outcomes, std::size_t num_rows,
                                               std::size_t num_tests) {
  if (outcomes.size() != checked_size(num_rows, num_tests)) {
    throw std::invalid_argument("the number of outcomes is not num_rows * num_tests");
  }
  SignatureMatrix matrix(num_rows, num_tests);
  const Outcome* cells = outcomes.data();
  std::size_t word = 0;
  for (std::size_t row = 0; row < num_rows; ++row) {
    for (std::size_t test = 0; test < num_tests; test += kBitsPerWord, ++word) {
      const std::size_t num_cells = std::min(kBitsPerWord, num_tests - test);
      const RowBits bits = pack_word(cells, num_cells);
      matrix.pass_[word] = bits.pass;
      matrix.ran_[word] = bits.ran;
      cells += num_cells;
    }
  }
  return matrix;
}

void SignatureMatrix::set(std::size_t row, std::size_t test, Outcome outcome) {
  if (row >= num_rows_ || test >= num_tests_) throw std::out_of_range("no such cell in the signature matrix");
  const std::size_t word = row * num_words_ + test / kBitsPerWord;
  const std::uint64_t bit = std::uint64_t{1} << (test % kBitsPerWord);
  pass_[word] = outcome == Outcome::Pass ? pass_[word] | bit : pass_[word] & ~bit;
  ran_[word] = ran_to_end(outcome) ? ran_[word] | bit : ran_[word] & ~bit;
}

std::vector<std::uint32_t> SignatureMatrix::pass_counts() const {
  std::vector<std::uint32_t> counts(num_rows_);
  count_bits(pass_.data(), num_words_, counts);
  return counts;
}

std::vector<std::uint32_t> SignatureMatrix::ran_counts() const {
  std::vector<std::uint32_t> counts(num_rows_);
  count_bits(ran_.data(), num_words_, counts);
  return counts;
}

}  // namespace ucoder
