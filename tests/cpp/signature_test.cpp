#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <map>
#include <random>
#include <stdexcept>
#include <vector>

#include "ucoder/cluster.h"
#include "ucoder/signature.h"

using ucoder::agreement_counts;
using ucoder::agreement_weights;
using ucoder::Answers;
using ucoder::cluster_bits;
using ucoder::cluster_rows;
using ucoder::Clusters;
using ucoder::Outcome;
using ucoder::overlap_counts;
using ucoder::SignatureMatrix;

namespace {

std::vector<Outcome> random_outcomes(std::size_t num_cells, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<Outcome> outcomes(num_cells);
  for (Outcome& outcome : outcomes) outcome = static_cast<Outcome>(random() % 4);
  return outcomes;
}

// Labels, as a map from rows to the order in which they were met gives them.
std::vector<std::uint32_t> labels_by_map(const std::vector<std::uint64_t>& words, std::size_t width) {
  std::map<std::vector<std::uint64_t>, std::uint32_t> seen;
  std::vector<std::uint32_t> labels;
  for (auto row = words.begin(); row != words.end(); row += static_cast<std::ptrdiff_t>(width)) {
    const std::vector<std::uint64_t> key(row, row + static_cast<std::ptrdiff_t>(width));
    labels.push_back(seen.try_emplace(key, static_cast<std::uint32_t>(seen.size())).first->second);
  }
  return labels;
}

}  // namespace

TEST_CASE("every cell sets its own bit and no other, at every width around a word") {
  for (const std::size_t num_tests : {std::size_t{1}, std::size_t{7}, std::size_t{8}, std::size_t{63}, std::size_t{64},
                                      std::size_t{65}, std::size_t{130}}) {
    CAPTURE(num_tests);
    constexpr std::size_t kRows = 9;
    const auto outcomes = random_outcomes(kRows * num_tests, static_cast<unsigned>(num_tests));
    const auto matrix = SignatureMatrix::from_outcomes(outcomes, kRows, num_tests);
    REQUIRE(matrix.num_words() == (num_tests + 63) / 64);
    SignatureMatrix by_cell(kRows, num_tests);
    for (std::size_t row = 0; row < kRows; ++row) {
      for (std::size_t bit = 0; bit < matrix.num_words() * 64; ++bit) {
        const std::size_t word = row * matrix.num_words() + bit / 64;
        const Outcome outcome = bit < num_tests ? outcomes[row * num_tests + bit] : Outcome::NotRun;
        REQUIRE((matrix.pass_words()[word] >> (bit % 64) & 1) == (outcome == Outcome::Pass ? 1u : 0u));
        REQUIRE((matrix.ran_words()[word] >> (bit % 64) & 1) == (ucoder::ran_to_end(outcome) ? 1u : 0u));
        if (bit < num_tests) by_cell.set(row, bit, outcome);
      }
    }
    CHECK(std::ranges::equal(matrix.pass_words(), by_cell.pass_words()));
    CHECK(std::ranges::equal(matrix.ran_words(), by_cell.ran_words()));
  }
}

TEST_CASE("only PASS passes and only PASS and WRONG ran, for every byte a cell can hold") {
  std::vector<Outcome> outcomes(256);
  for (std::size_t byte = 0; byte < 256; ++byte) outcomes[byte] = static_cast<Outcome>(byte);
  const auto matrix = SignatureMatrix::from_outcomes(outcomes, 1, 256);
  CHECK(matrix.pass_words()[0] == 0b010);
  CHECK(matrix.ran_words()[0] == 0b110);
  for (std::size_t word = 1; word < 4; ++word) {
    CHECK(matrix.pass_words()[word] == 0);
    CHECK(matrix.ran_words()[word] == 0);
  }
}

TEST_CASE("a cell that is set again keeps nothing of what it was") {
  SignatureMatrix matrix(2, 70);
  matrix.set(1, 69, Outcome::Pass);
  CHECK(matrix.pass_counts() == std::vector<std::uint32_t>{0, 1});
  matrix.set(1, 69, Outcome::Wrong);
  CHECK(matrix.pass_counts() == std::vector<std::uint32_t>{0, 0});
  CHECK(matrix.ran_counts() == std::vector<std::uint32_t>{0, 1});
  matrix.set(1, 69, Outcome::Infra);
  CHECK(matrix.ran_counts() == std::vector<std::uint32_t>{0, 0});
}

TEST_CASE("a cell outside the matrix and a wrong number of outcomes are refused") {
  SignatureMatrix matrix(2, 3);
  CHECK_THROWS_AS(matrix.set(2, 0, Outcome::Pass), std::out_of_range);
  CHECK_THROWS_AS(matrix.set(0, 3, Outcome::Pass), std::out_of_range);
  const std::array<Outcome, 5> five{};
  CHECK_THROWS_AS(SignatureMatrix::from_outcomes(five, 2, 3), std::invalid_argument);
  CHECK_THROWS_AS(SignatureMatrix(SIZE_MAX, 1000), std::invalid_argument);
}

TEST_CASE("labels follow first appearance") {
  const std::vector<std::uint64_t> words = {5, 0, 7, 7, 5, 0, 0, 5, 7, 7};
  const std::array<std::size_t, 2> starts = {0, 5};
  const Clusters clusters = cluster_rows(words, 2, starts);
  CHECK(clusters.labels == std::vector<std::uint32_t>{0, 1, 0, 2, 1});
  CHECK(clusters.sizes == std::vector<std::uint32_t>{2, 2, 1});
  CHECK(clusters.starts == std::vector<std::size_t>{0, 3});
}

TEST_CASE("labels are those of a map of rows, whatever the key of the hash") {
  std::mt19937_64 random(1);
  for (const std::size_t width : {std::size_t{1}, std::size_t{2}, std::size_t{5}, std::size_t{40}}) {
    CAPTURE(width);
    std::vector<std::uint64_t> words(3000 * width);
    for (std::uint64_t& word : words) word = random() % (width == 1 ? 700 : 2);
    const auto expected = labels_by_map(words, width);
    const std::array<std::size_t, 2> starts = {0, 3000};
    for (int key = 0; key < 5; ++key) CHECK(cluster_rows(words, width, starts).labels == expected);
  }
}

TEST_CASE("rows of different problems are never grouped, and empty problems have no clusters") {
  const std::vector<std::uint64_t> words = {1, 1, 1, 2, 1};
  const std::array<std::size_t, 6> starts = {0, 0, 2, 2, 5, 5};
  const Clusters clusters = cluster_rows(words, 1, starts);
  CHECK(clusters.labels == std::vector<std::uint32_t>{0, 0, 0, 1, 0});
  CHECK(clusters.sizes == std::vector<std::uint32_t>{2, 2, 1});
  CHECK(clusters.starts == std::vector<std::size_t>{0, 0, 1, 1, 3, 3});
}

TEST_CASE("rows without words are all equal") {
  const std::array<std::size_t, 3> starts = {0, 3, 4};
  const Clusters clusters = cluster_rows({}, 0, starts);
  CHECK(clusters.labels == std::vector<std::uint32_t>{0, 0, 0, 0});
  CHECK(clusters.sizes == std::vector<std::uint32_t>{3, 1});
}

TEST_CASE("row starts that do not fit the words are refused") {
  const std::vector<std::uint64_t> words = {1, 2, 3, 4};
  const auto refuses = [&](std::vector<std::size_t> starts, std::size_t width) {
    CHECK_THROWS_AS(cluster_rows(words, width, starts), std::invalid_argument);
  };
  refuses({}, 1);
  refuses({0}, 1);
  refuses({1, 4}, 1);
  refuses({0, 3}, 1);
  refuses({0, 5}, 1);
  refuses({0, 3, 2, 4}, 1);
  refuses({0, 5, 4}, 1);
  refuses({0, 4}, 2);
  refuses({0, 4}, 0);
  refuses({0, SIZE_MAX / 2 + 2}, 2);
}

TEST_CASE("overlaps are the counts of common bits, both ways round") {
  std::mt19937_64 random(2);
  std::vector<std::uint64_t> words(7 * 3);
  for (std::uint64_t& word : words) word = random();
  const auto counts = overlap_counts(words, 3);
  REQUIRE(counts.size() == 49);
  for (std::size_t i = 0; i < 7; ++i) {
    for (std::size_t j = 0; j < 7; ++j) {
      int expected = 0;
      for (std::size_t w = 0; w < 3; ++w) expected += std::popcount(words[i * 3 + w] & words[j * 3 + w]);
      CHECK(counts[i * 7 + j] == static_cast<std::uint32_t>(expected));
    }
  }
  CHECK_THROWS_AS(overlap_counts(words, 2), std::invalid_argument);
  CHECK_THROWS_AS(overlap_counts(words, 0), std::invalid_argument);
  CHECK(overlap_counts({}, 0).empty());
  CHECK(overlap_counts({}, 3).empty());
}

TEST_CASE("rows agree where their ids are equal, and a negative id agrees with nothing, itself included") {
  const std::vector<std::int32_t> ids = {5, 7, -1,   // two answers
                                         5, 8, -1,   //
                                         9, 8, -2};  //
  CHECK(agreement_counts({ids, 3, 3}) == std::vector<std::uint32_t>{2, 1, 0, 1, 2, 1, 0, 1, 2});
}

TEST_CASE("agreement weights are the sums over all rows and columns that the plainest loop gives") {
  std::mt19937 random(3);
  constexpr std::size_t kRows = 17;
  constexpr std::size_t kColumns = 9;
  constexpr std::size_t kWeightings = 4;
  std::vector<std::int32_t> ids(kRows * kColumns);
  // Ids far apart, so that a table as large as the largest of them would not fit.
  for (std::int32_t& id : ids) id = static_cast<std::int32_t>(random() % 4) * 700'000'000 - 1;
  std::vector<double> rows(kWeightings * kRows);
  std::vector<double> columns(kWeightings * kColumns);
  for (double& weight : rows) weight = static_cast<double>(random() % 5);
  for (double& weight : columns) weight = static_cast<double>(random() % 3);
  const auto sums = agreement_weights({ids, kRows, kColumns}, rows, columns);
  REQUIRE(sums.size() == kWeightings * kRows);
  for (std::size_t b = 0; b < kWeightings; ++b) {
    for (std::size_t r = 0; r < kRows; ++r) {
      double expected = 0;
      for (std::size_t t = 0; t < kColumns; ++t) {
        for (std::size_t s = 0; s < kRows; ++s) {
          const bool agrees = ids[r * kColumns + t] >= 0 && ids[r * kColumns + t] == ids[s * kColumns + t];
          if (agrees) expected += columns[b * kColumns + t] * rows[b * kRows + s];
        }
      }
      CHECK(sums[b * kRows + r] == expected);  // small whole numbers: exact
    }
  }
}

TEST_CASE("answers and weights that do not fit are refused") {
  const std::vector<std::int32_t> ids(6);
  const std::vector<double> six(6);
  CHECK_THROWS_AS(agreement_counts({ids, 2, 2}), std::invalid_argument);
  CHECK_THROWS_AS(agreement_counts({ids, SIZE_MAX, 2}), std::invalid_argument);
  CHECK_THROWS_AS(agreement_weights({ids, 2, 2}, six, six), std::invalid_argument);
  CHECK_THROWS_AS(agreement_weights({ids, 4, 2}, six, six), std::invalid_argument);
  CHECK_THROWS_AS(agreement_weights({ids, 2, 3}, six, six), std::invalid_argument);
  CHECK(agreement_weights({ids, 2, 3}, std::span(six).first(4), six) == std::vector<double>(4));
  CHECK(agreement_weights({{}, 0, 3}, {}, {}).empty());
  CHECK(agreement_counts({{}, 0, 0}).empty());
}

TEST_CASE("clusters of booleans are those of their packed rows, at every width around a word and a vector") {
  std::mt19937 random(4);
  for (const std::size_t num_columns :
       {std::size_t{1}, std::size_t{7}, std::size_t{8}, std::size_t{15}, std::size_t{16}, std::size_t{17},
        std::size_t{63}, std::size_t{64}, std::size_t{65}, std::size_t{130}}) {
    CAPTURE(num_columns);
    constexpr std::size_t kRows = 300;
    const std::size_t width = (num_columns + 63) / 64;
    std::vector<std::uint8_t> bits(kRows * num_columns);
    std::vector<std::uint64_t> words(kRows * width);
    for (std::size_t row = 0; row < kRows; ++row) {
      const auto pattern = static_cast<unsigned>(random() % 40);  // the last column tells rows apart, too
      for (std::size_t column = 0; column < num_columns; ++column) {
        const bool bit = (pattern >> (column % 6) & 1) != 0 || (column + 1 == num_columns && pattern % 7 == 0);
        bits[row * num_columns + column] = bit ? static_cast<std::uint8_t>(1 + random() % 255) : std::uint8_t{0};
        if (bit) words[row * width + column / 64] |= std::uint64_t{1} << (column % 64);
      }
    }
    const std::array<std::size_t, 4> starts = {0, 33, 33, kRows};
    const Clusters expected = cluster_rows(words, width, starts);
    const Clusters clusters = cluster_bits(bits, num_columns, starts);
    CHECK(clusters.labels == expected.labels);
    CHECK(clusters.sizes == expected.sizes);
    CHECK(clusters.starts == expected.starts);
  }
}

TEST_CASE("ten thousand distinct rows of booleans stay distinct while their copies move to new blocks") {
  constexpr std::size_t kRows = 10'000;
  std::vector<std::uint8_t> bits(2 * kRows * 70);
  for (std::size_t row = 0; row < 2 * kRows; ++row) {
    for (std::size_t bit = 0; bit < 14; ++bit) bits[row * 70 + 5 * bit] = (row % kRows >> bit & 1) != 0 ? 1 : 0;
  }
  const std::array<std::size_t, 2> starts = {0, 2 * kRows};
  const Clusters clusters = cluster_bits(bits, 70, starts);
  CHECK(clusters.sizes == std::vector<std::uint32_t>(kRows, 2));
  CHECK(clusters.labels[kRows + 123] == 123);
}
