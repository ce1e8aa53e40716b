// Rows come from programs that an adversary may have written, so the hash must not be one that rows can be made to
// collide under: it is drawn anew for each call from a strongly universal family, and with chaining the expected
// time for any rows is then linear (Carter and Wegman 1979).
#include "ucoder/cluster.h"

#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <limits>
#include <stdexcept>
#include <system_error>

namespace ucoder {
namespace {

constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
__extension__ using Uint128 = unsigned __int128;

// MULTILINEAR (Lemire and Kaser, "Strongly universal string hashing is fast", 2014): the upper half of
// k[0] + k[1] x[0] + k[2] x[1] + ... modulo 2^128, with random k. Any 64-bit hash of two different rows is one of
// 2^128 equally likely pairs, and so is every group of the hash's bits.
class RowHash {
 public:
  explicit RowHash(std::size_t width) : keys_(width + 1) {
    constexpr std::size_t kEntropyLimit = 256;  // bytes getentropy gives at once
    auto bytes = std::as_writable_bytes(std::span(keys_));
    while (!bytes.empty()) {
      const auto part = bytes.first(std::min(kEntropyLimit, bytes.size()));
      if (getentropy(part.data(), part.size()) != 0) throw std::system_error(errno, std::generic_category());
      bytes = bytes.subspan(part.size());
    }
  }

  std::uint64_t operator()(const std::uint64_t* row) const {
    Uint128 sum = keys_[0];
    for (std::size_t i = 1; i < keys_.size(); ++i) sum += keys_[i] * row[i - 1];
    return static_cast<std::uint64_t>(sum >> 64);
  }

 private:
  std::vector<Uint128> keys_;
};

// The clusters of one problem at a time; its memory is kept for the next problem.
class ClusterTable {
 public:
  ClusterTable(std::span<const std::uint64_t> words, std::size_t width)
      : words_(words.data()), width_(width), hash_of_(width) {}

  // Forgets the clusters found so far and makes room for those of `num_rows` rows.
  void start_problem(std::size_t num_rows) {
    if (num_rows >= kNone) throw std::invalid_argument("a problem has more rows than labels can count");
    const std::size_t num_buckets = std::bit_ceil(std::max<std::size_t>(num_rows, 1));
    buckets_.assign(num_buckets, kNone);
    clusters_.clear();
  }

  // The label of the row, which is new when it equals the number of clusters before the call.
  std::uint32_t label_of(std::size_t row) {
    const std::uint64_t* row_words = words_ + row * width_;
    const std::uint64_t hash = hash_of_(row_words);
    std::uint32_t& bucket = buckets_[hash & (buckets_.size() - 1)];
    for (std::uint32_t label = bucket; label != kNone; label = clusters_[label].next) {
      const Cluster& cluster = clusters_[label];
      if (cluster.hash == hash && std::equal(row_words, row_words + width_, cluster.first_row)) return label;
    }
    const auto label = static_cast<std::uint32_t>(clusters_.size());
    clusters_.push_back({hash, row_words, bucket});
    bucket = label;
    return label;
  }

  std::size_t num_clusters() const { return clusters_.size(); }

 private:
  struct Cluster {
    std::uint64_t hash;
    const std::uint64_t* first_row;
    std::uint32_t next;  // label of the next cluster in the same bucket
  };

  const std::uint64_t* words_;
  std::size_t width_;
  RowHash hash_of_;
  std::vector<std::uint32_t> buckets_;  // label of the first cluster of each bucket
  std::vector<Cluster> clusters_;
};

void check_shape(std::size_t num_words, std::size_t width, std::span<const std::size_t> row_starts) {
  if (row_starts.empty() || row_starts.front() != 0) throw std::invalid_argument("row_starts does not begin with 0");
  if (!std::is_sorted(row_starts.begin(), row_starts.end())) throw std::invalid_argument("row_starts descends");
  std::size_t expected = 0;
  if (__builtin_mul_overflow(row_starts.back(), width, &expected) || expected != num_words) {
    throw std::invalid_argument("row_starts does not end with the number of rows");
  }
}

}  // namespace

Clusters cluster_rows(std::span<const std::uint64_t> words, std::size_t width,
                      std::span<const std::size_t> row_starts) {
  check_shape(words.size(), width, row_starts);
  Clusters clusters;
  clusters.labels.resize(row_starts.back());
  clusters.starts.reserve(row_starts.size());
  clusters.starts.push_back(0);
  ClusterTable table(words, width);
  for (std::size_t problem = 0; problem + 1 < row_starts.size(); ++problem) {
    const std::size_t begin = row_starts[problem];
    const std::size_t end = row_starts[problem + 1];
    const std::size_t first_size = clusters.sizes.size();
    table.start_problem(end - begin);
    for (std::size_t row = begin; row < end; ++row) {
      const std::uint32_t label = table.label_of(row);
      clusters.labels[row] = label;
      if (first_size + label == clusters.sizes.size()) clusters.sizes.push_back(0);
      ++clusters.sizes[first_size + label];
    }
    clusters.starts.push_back(clusters.sizes.size());
  }
  return clusters;
}

}  // namespace ucoder
