#include <algorithm>

#include "ucoder/value.h"
#include "value/comparison.h"
#include "value/number.h"
#include "value/reader.h"
#include "value/tree.h"

namespace ucoder {
namespace value {
namespace {

bool numbers_match(const Number& left, const Number& right, Tolerance tolerance) {
  if (numbers_equal(left, right)) return true;
  const bool is_exact = tolerance.absolute == 0 && tolerance.relative == 0;
  return !is_exact && numbers_close(left, right, tolerance);
}

bool is_zero(const Tree& tree, NodeIndex node, Tolerance tolerance) {
  return is_number(tree[node].tag) && numbers_match(number_at(tree, node), Number{}, tolerance);
}

bool holds_nan(const Tree& tree) {
  for (NodeIndex i = 0; i < tree.num_nodes(); ++i) {
    const Tag tag = tree[i].tag;
    if (tag != Tag::Float && tag != Tag::Complex && tag != Tag::Decimal) continue;
    const Number number = number_at(tree, i);
    if (!numbers_equal(number, number)) return true;
  }
  return false;
}

bool shapes_equal(const ArrayHeader& left, const ArrayHeader& right) {
  return left.num_dimensions == right.num_dimensions && left.shape == right.shape;
}

}  // namespace

bool Comparison::equal(NodeIndex left, NodeIndex right, Tolerance tolerance) {
  const Node& a = left_[left];
  const Node& b = right_[right];
  if (a.tag == Tag::Int && b.tag == Tag::Int) return left_.payload(a) == right_.payload(b);
  if (is_number(a.tag)) {
    return is_number(b.tag) && numbers_match(number_at(left_, left), number_at(right_, right), tolerance);
  }
  if (is_bytes(a.tag)) return is_bytes(b.tag) && left_.payload(a) == right_.payload(b);
  if (is_set(a.tag)) return is_set(b.tag) && a.size == b.size && sets_equal(left, right);
  if (is_mapping(a.tag)) return is_mapping(b.tag) && mappings_equal(left, right);
  if (a.tag != b.tag) return false;
  if (a.tag == Tag::Str) return left_.payload(a) == right_.payload(b);
  if (a.tag == Tag::Array && !shapes_equal(left_.array_header(a), right_.array_header(b))) return false;
  return a.size == b.size && items_equal(left, right, tolerance);
}

bool Comparison::items_equal(NodeIndex left, NodeIndex right, Tolerance tolerance) {
  NodeIndex other = right + 1;
  for (NodeIndex item = left + 1; item < left_[left].next; item = left_[item].next) {
    if (!equal(item, other, tolerance)) return false;
    other = right_[other].next;
  }
  return true;
}

std::optional<NodeIndex> Comparison::find(NodeIndex key, const KeyIndex& index) {
  const std::uint64_t hash = left_hasher_.hash(key);
  if (hash == kEqualsNothing) return std::nullopt;
  for (auto entry = index.find(hash); entry != index.sorted().end() && entry->hash == hash; ++entry) {
    if (exactly_equal(key, entry->node)) return entry->node;
  }
  return std::nullopt;
}

bool Comparison::sets_equal(NodeIndex left, NodeIndex right) {
  const KeyIndex index(right_, right_hasher_, right);
  for (NodeIndex item = left + 1; item < left_[left].next; item = left_[item].next) {
    if (!find(item, index)) return false;
  }
  return true;
}

bool Comparison::mappings_equal(NodeIndex left, NodeIndex right) {
  const Node& a = left_[left];
  const Node& b = right_[right];
  if (a.tag == Tag::Counter && b.tag == Tag::Counter) return counters_equal(left, right);
  if (a.size != b.size) return false;
  const KeyIndex index(right_, right_hasher_, right);
  for (NodeIndex key = left + 1; key < a.next;) {
    const NodeIndex item = left_[key].next;
    const auto other = find(key, index);
    if (!other || !equal(item, right_[*other].next, tolerance_)) return false;
    key = left_[item].next;
  }
  const bool order_counts = a.tag == Tag::OrderedDict && b.tag == Tag::OrderedDict;
  return !order_counts || keys_in_order_equal(left, right);
}

bool Comparison::counters_equal(NodeIndex left, NodeIndex right) {
  const KeyIndex index(right_, right_hasher_, right);
  std::vector<NodeIndex> found;
  for (NodeIndex key = left + 1; key < left_[left].next;) {
    const NodeIndex count = left_[key].next;
    if (const auto other = find(key, index)) {
      if (!equal(count, right_[*other].next, tolerance_)) return false;
      found.push_back(*other);
    } else if (!is_zero(left_, count, tolerance_)) {
      return false;
    }
    key = left_[count].next;
  }
  std::sort(found.begin(), found.end());
  for (NodeIndex key = right + 1; key < right_[right].next;) {
    const NodeIndex count = right_[key].next;
    if (!std::binary_search(found.begin(), found.end(), key) && !is_zero(right_, count, tolerance_)) return false;
    key = right_[count].next;
  }
  return true;
}

bool Comparison::keys_in_order_equal(NodeIndex left, NodeIndex right) {
  NodeIndex other = right + 1;
  for (NodeIndex key = left + 1; key < left_[left].next;) {
    if (!exactly_equal(key, other)) return false;
    key = left_[left_[key].next].next;
    other = right_[right_[other].next].next;
  }
  return true;
}

}  // namespace value

bool judged_equal(std::string_view left, std::string_view right, Tolerance tolerance) {
  value::Tree left_tree;
  if (left_tree.parse(left)) return false;
  // Most answers are right, and most right ones are written like the expected value.
  if (left == right && !value::holds_nan(left_tree)) return true;
  value::Tree right_tree;
  if (right_tree.parse(right)) return false;
  return value::Comparison(left_tree, right_tree, tolerance).equal(0, 0);
}

bool is_truthy(std::string_view bytes) {
  value::ValueReader reader(bytes);
  const value::Tag tag = reader.peek();
  if (tag == value::Tag::Array) {
    const auto header = reader.array();
    return header && header->num_items == 1 && is_truthy(bytes.substr(reader.position()));
  }
  value::Tree tree;
  if (tree.parse(bytes)) return false;
  if (value::is_number(tag)) return value::number_is_truthy(value::number_at(tree, 0));
  return tree[0].size > 0;  // None's is zero
}

}  // namespace ucoder
