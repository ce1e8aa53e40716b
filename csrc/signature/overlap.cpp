#include <bit>
#include <limits>
#include <stdexcept>

#include "signature/popcount_clones.h"
#include "ucoder/cluster.h"

namespace ucoder {
namespace {

UCODER_POPCOUNT_CLONES
void count_common_bits(const std::uint64_t* words, std::size_t width, std::size_t num_rows, std::uint32_t* counts) {
  for (std::size_t i = 0; i < num_rows; ++i) {
    const std::uint64_t* left = words + i * width;
    for (std::size_t j = i; j < num_rows; ++j) {
      const std::uint64_t* right = words + j * width;
      std::uint32_t count = 0;
      for (std::size_t w = 0; w < width; ++w) count += static_cast<std::uint32_t>(std::popcount(left[w] & right[w]));
      counts[i * num_rows + j] = count;
      counts[j * num_rows + i] = count;
    }
  }
}

}  // namespace

std::vector<std::uint32_t> overlap_counts(std::span<const std::uint64_t> words, std::size_t width) {
  if (width == 0 ? !words.empty() : words.size() % width != 0) {
    throw std::invalid_argument("the number of words is not a multiple of the width");
  }
  if (width > std::numeric_limits<std::uint32_t>::max() / 64) {
    throw std::invalid_argument("rows are longer than a count can tell");
  }
  const std::size_t num_rows = width == 0 ? 0 : words.size() / width;
  std::size_t num_pairs = 0;
  if (__builtin_mul_overflow(num_rows, num_rows, &num_pairs)) {
    throw std::invalid_argument("there are more pairs of rows than fit in memory");
  }
  std::vector<std::uint32_t> counts(num_pairs);
  count_common_bits(words.data(), width, num_rows, counts.data());
  return counts;
}

}  // namespace ucoder
