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

// The same for rows of booleans, one byte each (anything but zero is true), `num_columns` to a row: the labels are
// those of the packed rows, which are never all in memory.
Clusters cluster_bits(std::span<const std::uint8_t> bits, std::size_t num_columns,
                      std::span<const std::size_t> row_starts);

// |a & b| for every pair of rows of one matrix: num_rows * num_rows counts, row-major.
std::vector<std::uint32_t> overlap_counts(std::span<const std::uint64_t> words, std::size_t width);

// What rows answered, one id a cell: two cells of a column agree when their ids are equal and not negative, so a
// negative id agrees with nothing, itself included. `ids` are num_rows * num_columns of them, row-major.
struct Answers {
  std::span<const std::int32_t> ids;
  std::size_t num_rows = 0;
  std::size_t num_columns = 0;
};

// In how many columns each pair of rows agrees: num_rows * num_rows counts, row-major.
// Throws std::invalid_argument when the sizes do not fit.
std::vector<std::uint32_t> agreement_counts(const Answers& answers);

// The weight that agrees with each row, summed over columns, under each of B weightings of rows and columns:
// the sum over columns t and rows s of column_weights[b][t] * row_weights[b][s] where s and r agree in t, at [b][r].
// The sum is taken in the order of columns and, within one, of rows, so that equal rows get equal bits.
// Throws std::invalid_argument when the sizes do not fit.
std::vector<double> agreement_weights(const Answers& answers, std::span<const double> row_weights,
                                      std::span<const double> column_weights);

}  // namespace ucoder
