// One encoded value, laid out as an array of nodes in the order of the bytes.
//
// Parsing checks the form (tags, lengths, counts, nesting, what may be a key), so that everything above can walk a
// value by index, in linear time, without checking bounds again. It keeps a reference to the bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <string_view>
#include <vector>

#include "value/reader.h"
#include "value/tags.h"

namespace ucoder::value {

using NodeIndex = std::uint32_t;

struct Node {
  std::uint32_t offset;  // of a scalar's payload; of a container's tag
  std::uint32_t size;    // of a scalar's payload in bytes; of a container in items, of a mapping in pairs
  NodeIndex next;        // the node after this one and everything in it
  Tag tag;
  bool is_key_part;  // stands in a set or in a mapping's key, at any depth
};

class Tree {
 public:
  Tree() : nodes_(&arena_), open_(&arena_) {}
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;
  ~Tree() = default;

  // Null when `bytes` is exactly one value nested no deeper than `max_depth`, else what is wrong. To be called once.
  const char* parse(std::string_view bytes, std::size_t max_depth = kDeepestNesting);

  NodeIndex num_nodes() const { return static_cast<NodeIndex>(nodes_.size()); }
  const Node& operator[](NodeIndex index) const { return nodes_[index]; }
  std::string_view payload(const Node& node) const { return bytes_.substr(node.offset, node.size); }
  ArrayHeader array_header(const Node& node) const {
    return ValueReader(bytes_.substr(node.offset)).array().value_or(ArrayHeader{});
  }

 private:
  enum class Keys : std::uint8_t { None, All, EverySecond };
  struct Open {
    NodeIndex node;
    std::uint32_t num_left;
    Keys keys;  // which of its items are, or are part of, a key
  };

  const char* add_scalar(ValueReader& reader, Tag tag, bool is_key_part);
  const char* add_container(ValueReader& reader, Tag tag, bool is_key_part);
  bool add_leaf(Tag tag, std::string_view payload, bool is_key_part);  // false when the payload has no data

  // Small values, which are nearly all, need no allocation.
  std::array<std::byte, 2048> first_memory_;
  std::pmr::monotonic_buffer_resource arena_{first_memory_.data(), first_memory_.size()};
  std::pmr::vector<Node> nodes_;
  std::pmr::vector<Open> open_;
  std::string_view bytes_;
};

}  // namespace ucoder::value
