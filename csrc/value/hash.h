// Keyed hashes of hashable values, for matching the items of sets and the keys of mappings.
#pragma once

#include <cstdint>
#include <vector>

#include "value/number.h"
#include "value/tree.h"

namespace ucoder::value {

// Values that `judged_equal` calls equal have equal hashes. A value that is NaN or holds one equals nothing, not even
// itself, and has the hash kEqualsNothing: it must never be looked for among its like, or many of them would cost
// the square of their number. Every node is hashed once, so nested sets cost what flat ones do.
class Hasher {
 public:
  explicit Hasher(const Tree& tree) : tree_(tree) {}

  std::uint64_t hash(NodeIndex node);

 private:
  std::uint64_t compute(NodeIndex node);

  const Tree& tree_;
  std::vector<std::uint64_t> known_;  // by node; 0 is not known
};

// The items of a set or the keys of a mapping, by hash.
class KeyIndex {
 public:
  struct Entry {
    std::uint64_t hash;
    NodeIndex node;
  };

  // `container` is a set's or mapping's node.
  KeyIndex(const Tree& tree, Hasher& hasher, NodeIndex container);

  const std::vector<Entry>& sorted() const { return entries_; }
  // The first entry with this hash; others follow it.
  std::vector<Entry>::const_iterator find(std::uint64_t hash) const;

 private:
  std::vector<Entry> entries_;
};

}  // namespace ucoder::value
