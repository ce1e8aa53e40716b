#include "value/tree.h"

#include <algorithm>
#include <limits>

namespace ucoder::value {
namespace {

constexpr const char* kMalformed = "a length or count is past the end or not in its shortest form";
constexpr const char* kUnhashable = "an unhashable key or item of a set";

}  // namespace

bool Tree::add_leaf(Tag tag, std::string_view payload, bool is_key_part) {
  if (!payload.data()) return false;
  nodes_.push_back({static_cast<std::uint32_t>(payload.data() - bytes_.data()),
                    static_cast<std::uint32_t>(payload.size()), num_nodes() + 1, tag, is_key_part});
  return true;
}

const char* Tree::add_scalar(ValueReader& reader, Tag tag, bool is_key_part) {
  bool added = false;
  switch (tag) {
    case Tag::Int:
      added = add_leaf(tag, reader.take_integer(), is_key_part);
      break;
    case Tag::Bytearray:
      if (is_key_part) return kUnhashable;
      [[fallthrough]];
    case Tag::Str:
    case Tag::Bytes:
    case Tag::Decimal:
      added = add_leaf(tag, reader.take_block(tag), is_key_part);
      break;
    case Tag::None:
    case Tag::True:
    case Tag::False:
      reader.take_tag(tag);
      added = add_leaf(tag, reader.take(0), is_key_part);
      break;
    case Tag::Float:
    case Tag::Complex:
      reader.take_tag(tag);
      added = add_leaf(tag, reader.take(tag == Tag::Float ? 8 : 16), is_key_part);
      break;
    case Tag::Fraction: {
      const auto at = static_cast<std::uint32_t>(reader.position());
      const auto parts = reader.fraction();
      if (!parts) break;
      nodes_.push_back({at, 2, num_nodes() + 3, tag, is_key_part});
      for (const std::string_view part : *parts) added = add_leaf(Tag::Int, part, is_key_part);
      break;
    }
    case Tag::End:
      return "ends before its last item";
    default:
      return "unknown tag";
  }
  return added ? nullptr : kMalformed;
}

const char* Tree::add_container(ValueReader& reader, Tag tag, bool is_key_part) {
  if (is_key_part && !may_be_hashable(tag)) return kUnhashable;
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
  if (is_mapping(tag)) {
    // The count was checked to leave two bytes for each pair, so doubling it stays below 4 Gi.
    open_.push_back({index, 2 * size, is_key_part ? Keys::All : Keys::EverySecond});
  } else {
    open_.push_back({index, size, is_key_part || is_set(tag) ? Keys::All : Keys::None});
  }
  return nullptr;
}

const char* Tree::parse(std::string_view bytes, std::size_t max_depth) {
  if (bytes.size() >= std::numeric_limits<std::uint32_t>::max()) return "larger than 4 GiB";
  bytes_ = bytes;
  max_depth = std::min(max_depth, kDeepestNesting);
  nodes_.reserve(std::min<std::size_t>(bytes.size(), 64));
  ValueReader reader(bytes);
  bool is_key_part = false;
  for (;;) {
    const Tag tag = reader.peek();
    if (is_container(tag)) {
      if (open_.size() >= max_depth) return "nested too deep";
      if (const char* wrong = add_container(reader, tag, is_key_part)) return wrong;
    } else if (const char* wrong = add_scalar(reader, tag, is_key_part)) {
      return wrong;
    }
    while (!open_.empty() && open_.back().num_left == 0) {
      nodes_[open_.back().node].next = num_nodes();
      open_.pop_back();
    }
    if (open_.empty()) return reader.at_end() ? nullptr : "bytes after its end";
    Open& parent = open_.back();
    is_key_part = parent.keys == Keys::All || (parent.keys == Keys::EverySecond && parent.num_left % 2 == 0);
    --parent.num_left;
  }
}

}  // namespace ucoder::value
