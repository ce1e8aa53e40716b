#include "value/hash.h"

#include <algorithm>

#include "value/secret.h"

namespace ucoder::value {
namespace {

std::uint64_t hash_text(Tag tag, std::string_view text) {
  return secret().mix(siphash128(text, secret().key).low, static_cast<std::uint64_t>(tag));
}

}  // namespace

std::uint64_t Hasher::hash(NodeIndex node) {
  if (known_.empty()) known_.resize(tree_.num_nodes());
  if (known_[node] == 0) known_[node] = compute(node);
  return known_[node];
}

std::uint64_t Hasher::compute(NodeIndex index) {
  const Node& node = tree_[index];
  if (is_number(node.tag)) return hash_number(number_at(tree_, index));
  std::uint64_t result = secret().mix(static_cast<std::uint64_t>(is_set(node.tag) ? Tag::Set : node.tag), node.size);
  if (node.tag == Tag::Str || is_bytes(node.tag)) {
    result = hash_text(is_bytes(node.tag) ? Tag::Bytes : Tag::Str, tree_.payload(node));
  } else if (is_container(node.tag)) {
    for (NodeIndex child = index + 1; child < node.next; child = tree_[child].next) {
      const std::uint64_t item = hash(child);
      if (item == kEqualsNothing) return kEqualsNothing;
      // Of a set, a sum: the order of its items is no part of it.
      result = is_set(node.tag) ? result + secret().mix(item, 0x3f) : secret().mix(result, item);
    }
  }
  return result <= kEqualsNothing ? result + 2 : result;
}

KeyIndex::KeyIndex(const Tree& tree, Hasher& hasher, NodeIndex container) {
  const Node& node = tree[container];
  entries_.reserve(node.size);
  for (NodeIndex key = container + 1; key < node.next; key = tree[key].next) {
    entries_.push_back({hasher.hash(key), key});
    if (is_mapping(node.tag)) key = tree[key].next;  // to the value, which the loop then passes
  }
  std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) { return a.hash < b.hash; });
}

std::vector<KeyIndex::Entry>::const_iterator KeyIndex::find(std::uint64_t hash) const {
  return std::lower_bound(entries_.begin(), entries_.end(), hash,
                          [](const Entry& entry, std::uint64_t wanted) { return entry.hash < wanted; });
}

}  // namespace ucoder::value
