#include <algorithm>
#include <limits>
#include <numeric>
#include <stdexcept>

#include "ucoder/cluster.h"

namespace ucoder {
namespace {

constexpr std::uint32_t kNoAnswer = std::numeric_limits<std::uint32_t>::max();

void check_size(std::size_t size, std::size_t num_rows, std::size_t num_columns, const char* message) {
  std::size_t expected = 0;
  if (__builtin_mul_overflow(num_rows, num_columns, &expected) || expected != size) {
    throw std::invalid_argument(message);
  }
}

// The answers column by column, with ids that count from 0 within each column: a table of num_rows entries then
// holds the votes of any column, however large the ids were.
class Columns {
 public:
  explicit Columns(const Answers& answers) : num_rows_(answers.num_rows), dense_(answers.ids.size(), kNoAnswer) {
    if (num_rows_ >= kNoAnswer) throw std::invalid_argument("there are more rows than an id can tell apart");
    std::vector<std::uint32_t> order(num_rows_);
    for (std::size_t column = 0; column < answers.num_columns; ++column) {
      const auto id_of = [&](std::uint32_t row) { return answers.ids[row * answers.num_columns + column]; };
      std::iota(order.begin(), order.end(), 0u);
      std::ranges::sort(order, {}, id_of);
      std::uint32_t next = 0;
      for (std::size_t i = 0; i < num_rows_; ++i) {
        if (id_of(order[i]) < 0) continue;
        if (i > 0 && id_of(order[i - 1]) >= 0 && id_of(order[i - 1]) != id_of(order[i])) ++next;
        dense_[column * num_rows_ + order[i]] = next;
      }
    }
  }

  std::span<const std::uint32_t> operator[](std::size_t column) const {
    return std::span(dense_).subspan(column * num_rows_, num_rows_);
  }

 private:
  std::size_t num_rows_;
  std::vector<std::uint32_t> dense_;
};

}  // namespace

std::vector<std::uint32_t> agreement_counts(const Answers& answers) {
  check_size(answers.ids.size(), answers.num_rows, answers.num_columns, "ids are not num_rows * num_columns");
  if (answers.num_columns > std::numeric_limits<std::uint32_t>::max()) {
    throw std::invalid_argument("rows are longer than a count can tell");
  }
  std::size_t num_pairs = 0;
  if (__builtin_mul_overflow(answers.num_rows, answers.num_rows, &num_pairs)) {
    throw std::invalid_argument("there are more pairs of rows than fit in memory");
  }
  std::vector<std::uint32_t> counts(num_pairs);
  for (std::size_t i = 0; i < answers.num_rows; ++i) {
    const auto left = answers.ids.subspan(i * answers.num_columns, answers.num_columns);
    for (std::size_t j = i; j < answers.num_rows; ++j) {
      const auto right = answers.ids.subspan(j * answers.num_columns, answers.num_columns);
      std::uint32_t count = 0;
      for (std::size_t t = 0; t < left.size(); ++t) count += left[t] == right[t] && left[t] >= 0 ? 1u : 0u;
      counts[i * answers.num_rows + j] = count;
      counts[j * answers.num_rows + i] = count;
    }
  }
  return counts;
}

std::vector<double> agreement_weights(const Answers& answers, std::span<const double> row_weights,
                                      std::span<const double> column_weights) {
  const std::size_t num_rows = answers.num_rows;
  const std::size_t num_columns = answers.num_columns;
  check_size(answers.ids.size(), num_rows, num_columns, "ids are not num_rows * num_columns");
  const std::size_t num_weightings = num_rows != 0 ? row_weights.size() / num_rows : 0;
  check_size(row_weights.size(), num_weightings, num_rows, "row_weights are not num_rows for each weighting");
  if (num_rows == 0) return {};
  check_size(column_weights.size(), num_weightings, num_columns, "column_weights are not num_columns each");
  const Columns columns(answers);
  std::vector<double> sums(row_weights.size());
  std::vector<double> votes(num_rows);
  for (std::size_t b = 0; b < num_weightings; ++b) {
    const auto weight_of = row_weights.subspan(b * num_rows, num_rows);
    const auto sum_of = std::span(sums).subspan(b * num_rows, num_rows);
    for (std::size_t t = 0; t < num_columns; ++t) {
      const double column_weight = column_weights[b * num_columns + t];
      if (column_weight == 0) continue;
      const auto answer_of = columns[t];
      std::ranges::fill(votes, 0.0);
      for (std::size_t s = 0; s < num_rows; ++s) {
        if (answer_of[s] != kNoAnswer) votes[answer_of[s]] += weight_of[s];
      }
      for (std::size_t r = 0; r < num_rows; ++r) {
        if (answer_of[r] != kNoAnswer) sum_of[r] += column_weight * votes[answer_of[r]];
      }
    }
  }
  return sums;
}

}  // namespace ucoder
