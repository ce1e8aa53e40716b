// Grouping equal rows. A hash finds, equality decides, labels follow first appearance: the same rows in the same
// order always give the same labels, whatever the hash.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace ucoder {

// `labels[i]` is the cluster of row i: 0-based within its problem, in order of first appearance.
// `sizes` are the clusters' sizes; those of problem p are sizes[starts[p]] .. sizes[starts[p + 1]].
struct Clusters {
  std::vector<std::uint32_t> labels;
  std::vector<std::uint32_t> sizes;
  std::vector<std::size_t> starts;
};

// Rows of `width` words each, of many problems in one call: the rows of problem p are row_starts[p] ..
// row_starts[p + 1]; `row_starts` begins with 0 and ends with the number of rows. Rows of different problems are
// never grouped. Throws std::invalid_argument when the sizes do not fit.
Clusters cluster_rows(std::span<const std::uint64_t> words, std::size_t width, std::span<const std::size_t> row_starts);

// |a & b| for every pair of rows of one matrix: num_rows * num_rows counts, row-major.
std::vector<std::uint32_t> overlap_counts(std::span<const std::uint64_t> words, std::size_t width);

}  // namespace ucoder
