#include "value/tree.h"

#include <algorithm>
#include <limits>

namespace ucoder::value {
namespace {

constexpr const char* kMalformed = "a length or count is past the end or not in its shortest form";

struct Open {
  NodeIndex node;
  std::uint32_t num_children;
  std::uint32_t num_left;
};

}  // namespace

void Tree::add_leaf(Tag tag, std::string_view payload, bool is_key_part) {
  nodes_.push_back({static_cast<std::uint32_t>(payload.data() - bytes_.data()),
                    static_cast<std::uint32_t>(payload.size()), num_nodes() + 1, tag, is_key_part});
}

const char* Tree::add_scalar(ValueReader& reader, Tag tag, bool is_key_part) {
  if (tag == Tag::Fraction) {
    const auto at = static_cast<std::uint32_t>(reader.position());
    const auto parts = reader.fraction();
    if (!parts) return kMalformed;
    nodes_.push_back({at, 2, num_nodes() + 3, tag, is_key_part});
    for (const std::string_view part : *parts) add_leaf(Tag::Int, part, is_key_part);
    return nullptr;
  }
  std::optional<std::string_view> payload;
  if (tag == Tag::None || tag == Tag::True || tag == Tag::False) {
    reader.take_tag(tag);
    payload = reader.take(0);
  } else if (tag == Tag::Int) {
    payload = reader.integer_bytes();
  } else if (tag == Tag::Float || tag == Tag::Complex) {
    reader.take_tag(tag);
    payload = reader.take(tag == Tag::Float ? 8 : 16);
  } else if (tag == Tag::Str || tag == Tag::Decimal || is_bytes(tag)) {
    payload = reader.take_block(tag);
  } else {
    return tag == Tag::End ? "ends before its last item" : "unknown tag";
  }
  if (!payload) return kMalformed;
  add_leaf(tag, *payload, is_key_part);
  return nullptr;
}

const char* Tree::parse(std::string_view bytes, std::size_t max_depth) {
  if (bytes.size() >= std::numeric_limits<std::uint32_t>::max()) return "larger than 4 GiB";
  bytes_ = bytes;
  max_depth = std::min(max_depth, kDeepestNesting);
  nodes_.reserve(std::min<std::size_t>(bytes.size(), 64));
  std::pmr::vector<Open> open(&arena_);
  ValueReader reader(bytes);
  do {
    bool is_key_part = false;
    if (!open.empty()) {
      const Open& parent = open.back();
      const Node& node = nodes_[parent.node];
      const bool is_key = is_set(node.tag) || (is_mapping(node.tag) && (parent.num_children - parent.num_left) % 2 == 0);
      is_key_part = node.is_key_part || is_key;
    }
    const Tag tag = reader.peek();
    if (is_key_part && is_container(tag) && !may_be_hashable(tag)) return "an unhashable key or item of a set";
    if (is_key_part && tag == Tag::Bytearray) return "an unhashable key or item of a set";
    if (is_container(tag)) {
      if (open.size() >= max_depth) return "nested too deep";
      const auto at = static_cast<std::uint32_t>(reader.position());
      std::uint64_t count = 0;
      if (tag == Tag::Array) {
        count = reader.array().value_or(ArrayHeader{}).num_items;
      } else {
        count = reader.count(tag).value_or(0);
      }
      if (reader.failed()) return kMalformed;
      const auto size = static_cast<std::uint32_t>(count);
      const NodeIndex index = num_nodes();
      nodes_.push_back({at, size, index + 1, tag, is_key_part});
      if (size > 0) {
        // A mapping's count was checked to leave two bytes for each pair, so doubling it stays below 4 Gi.
        const std::uint32_t num_children = is_mapping(tag) ? 2 * size : size;
        open.push_back({index, num_children, num_children});
        continue;
      }
    } else if (const char* wrong = add_scalar(reader, tag, is_key_part)) {
      return wrong;
    }
    while (!open.empty() && --open.back().num_left == 0) {
      nodes_[open.back().node].next = num_nodes();
      open.pop_back();
    }
  } while (!open.empty());
  return reader.at_end() ? nullptr : "bytes after its end";
}

}  // namespace ucoder::value
