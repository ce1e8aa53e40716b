// Rows come from programs that an adversary may have written, so the hash must not be one that rows can be made to
// collide under: it is drawn anew for each call from a strongly universal family, and with chaining the expected
// time for any rows is then linear (Carter and Wegman 1979).
#include "ucoder/cluster.h"

#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <limits>
#include <stdexcept>
#include <system_error>

#include "signature/byte_bits.h"

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
  explicit ClusterTable(std::size_t width) : width_(width), hash_of_(width) {}

  // Forgets the clusters found so far and makes room for those of `num_rows` rows.
  void start_problem(std::size_t num_rows) {
    if (num_rows >= kNone) throw std::invalid_argument("a problem has more rows than labels can count");
    const std::size_t num_buckets = std::bit_ceil(std::max<std::size_t>(num_rows, 1));
    buckets_.assign(num_buckets, kNone);
    clusters_.clear();
  }

  // The row's hash; what will be read to label it is on its way to the cache from then on.
  std::uint64_t announce(const std::uint64_t* row_words) const {
    const std::uint64_t hash = hash_of_(row_words);
    __builtin_prefetch(&buckets_[hash & (buckets_.size() - 1)], 1);
    return hash;
  }

  // The label of a row, which is the number of clusters before the call when it is new. A new row is looked at
  // again until the next problem: it must stay where it is, or be moved by `keep_newest_at`.
  std::uint32_t label_of(const std::uint64_t* row_words, std::uint64_t hash) {
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

  void keep_newest_at(const std::uint64_t* row_words) { clusters_.back().first_row = row_words; }

 private:
  struct Cluster {
    std::uint64_t hash;
    const std::uint64_t* first_row;
    std::uint32_t next;  // label of the next cluster in the same bucket
  };

  std::size_t width_;
  RowHash hash_of_;
  std::vector<std::uint32_t> buckets_;  // label of the first cluster of each bucket
  std::vector<Cluster> clusters_;
};

// Distinct rows that were packed on the way: copies that stay where they are.
class RowStore {
 public:
  explicit RowStore(std::size_t width) : width_(width) {}

  const std::uint64_t* copy(const std::uint64_t* row) {
    if (blocks_.empty() || blocks_.back().size() + width_ > blocks_.back().capacity()) {
      constexpr std::size_t kRowsPerBlock = 4096;
      blocks_.emplace_back().reserve(kRowsPerBlock * std::max<std::size_t>(width_, 1));
    }
    std::vector<std::uint64_t>& block = blocks_.back();
    block.insert(block.end(), row, row + width_);
    return block.data() + block.size() - width_;
  }

 private:
  std::size_t width_;
  std::vector<std::vector<std::uint64_t>> blocks_;
};

void check_shape(std::size_t num_words, std::size_t width, std::span<const std::size_t> row_starts) {
  if (row_starts.empty() || row_starts.front() != 0) throw std::invalid_argument("row_starts does not begin with 0");
  if (!std::is_sorted(row_starts.begin(), row_starts.end())) throw std::invalid_argument("row_starts descends");
  std::size_t expected = 0;
  if (__builtin_mul_overflow(row_starts.back(), width, &expected) || expected != num_words) {
    throw std::invalid_argument("row_starts does not end with the number of rows");
  }
}

// Labels every row of every problem. `words_of(row, place)` gives the row's words, which may stand in a buffer at that
// place, below kRowsAhead, until the rows after it are asked for. `keep(words)` gives new rows a place to stay.
constexpr std::size_t kRowsAhead = 32;

template <typename WordsOf, typename Keep>
Clusters label_rows(std::size_t width, std::span<const std::size_t> row_starts, WordsOf words_of, Keep keep) {
  Clusters clusters;
  clusters.labels.resize(row_starts.back());
  clusters.starts.reserve(row_starts.size());
  clusters.starts.push_back(0);
  ClusterTable table(width);
  std::array<const std::uint64_t*, kRowsAhead> words{};
  std::array<std::uint64_t, kRowsAhead> hashes{};
  for (std::size_t problem = 0; problem + 1 < row_starts.size(); ++problem) {
    const std::size_t begin = row_starts[problem];
    const std::size_t end = row_starts[problem + 1];
    const std::size_t first_size = clusters.sizes.size();
    table.start_problem(end - begin);
    for (std::size_t first = begin; first < end; first += kRowsAhead) {
      const std::size_t num_ahead = std::min(kRowsAhead, end - first);
      for (std::size_t i = 0; i < num_ahead; ++i) {
        words[i] = words_of(first + i, i);
        hashes[i] = table.announce(words[i]);
      }
      for (std::size_t i = 0; i < num_ahead; ++i) {
        const std::uint32_t label = table.label_of(words[i], hashes[i]);
        clusters.labels[first + i] = label;
        if (first_size + label == clusters.sizes.size()) {
          clusters.sizes.push_back(0);
          table.keep_newest_at(keep(words[i]));
        }
        ++clusters.sizes[first_size + label];
      }
    }
    clusters.starts.push_back(clusters.sizes.size());
  }
  return clusters;
}

}  // namespace

Clusters cluster_rows(std::span<const std::uint64_t> words, std::size_t width,
                      std::span<const std::size_t> row_starts) {
  check_shape(words.size(), width, row_starts);
  return label_rows(
      width, row_starts, [&](std::size_t row, std::size_t) { return words.data() + row * width; },
      [](const std::uint64_t* row) { return row; });
}

Clusters cluster_bits(std::span<const std::uint8_t> bits, std::size_t num_columns,
                      std::span<const std::size_t> row_starts) {
  check_shape(bits.size(), num_columns, row_starts);
  const std::size_t width = words_for(num_columns);
  RowStore kept(width);
  std::vector<std::uint64_t> packed(kRowsAhead * width);
  const auto pack = [&](std::size_t row, std::size_t place) {
    const std::uint8_t* bytes = bits.data() + row * num_columns;
    std::uint64_t* words = packed.data() + place * width;
    for (std::size_t word = 0; word < width; ++word) {
      const std::size_t at = word * kBitsPerWord;
      const std::size_t num_bits = std::min(kBitsPerWord, num_columns - at);
      words[word] = ~equal_bytes(bytes + at, num_bits, 0) & (~std::uint64_t{0} >> (kBitsPerWord - num_bits));
    }
    return static_cast<const std::uint64_t*>(words);
  };
  return label_rows(width, row_starts, pack, [&](const std::uint64_t* row) { return kept.copy(row); });
}

}  // namespace ucoder
