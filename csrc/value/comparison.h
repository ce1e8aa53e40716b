// Python's == between two parsed values.
#pragma once

#include <optional>

#include "value/hash.h"
#include "value/tree.h"

namespace ucoder::value {

// Linear in the two values' sizes (n log n with sets and mappings); recursion as deep as the values nest.
class Comparison {
 public:
  Comparison(const Tree& left, const Tree& right, Tolerance tolerance)
      : left_(left), right_(right), left_hasher_(left), right_hasher_(right), tolerance_(tolerance) {}

  bool equal(NodeIndex left, NodeIndex right) { return equal(left, right, tolerance_); }
  // As items of sets and keys of mappings are compared, whatever the tolerance.
  bool exactly_equal(NodeIndex left, NodeIndex right) { return equal(left, right, Tolerance{}); }

 private:
  bool equal(NodeIndex left, NodeIndex right, Tolerance tolerance);
  bool items_equal(NodeIndex left, NodeIndex right, Tolerance tolerance);
  bool sets_equal(NodeIndex left, NodeIndex right);
  bool mappings_equal(NodeIndex left, NodeIndex right);
  bool counters_equal(NodeIndex left, NodeIndex right);
  bool keys_in_order_equal(NodeIndex left, NodeIndex right);
  // Where `key` of the left value stands in a container of the right one.
  std::optional<NodeIndex> find(NodeIndex key, const KeyIndex& index);

  const Tree& left_;
  const Tree& right_;
  Hasher left_hasher_;
  Hasher right_hasher_;
  Tolerance tolerance_;
};

}  // namespace ucoder::value
