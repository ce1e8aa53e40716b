#include <bit>
#include <cmath>
#include <cstring>

#include "ucoder/value.h"
#include "value/comparison.h"
#include "value/coprime.h"
#include "value/decimal_text.h"
#include "value/hash.h"
#include "value/reader.h"
#include "value/tree.h"
#include "value/utf8.h"

namespace ucoder {
namespace value {
namespace {

bool is_canonical_double(std::string_view payload) {
  const double value = load_double(payload.data());
  return !std::isnan(value) || std::bit_cast<std::uint64_t>(value) == 0x7ff8000000000000U;
}

bool is_negative(std::string_view integer) {
  return !integer.empty() && static_cast<unsigned char>(integer.back()) >= 0x80;
}

const char* check_decimal(std::string_view text, bool is_key_part) {
  const auto parts = parse_decimal(text);
  if (!parts) return "not the text of a Decimal";
  if (is_key_part && parts->kind == DecimalParts::Kind::SignalingNan) return "an unhashable key or item of a set";
  return nullptr;
}

const char* check_fraction(std::string_view numerator, std::string_view denominator) {
  if (denominator.empty() || is_negative(denominator)) return "a Fraction whose denominator is not positive";
  if (numerator.size() > kLargestFractionPart || denominator.size() > kLargestFractionPart) {
    return "a Fraction of too many digits";
  }
  return are_coprime(numerator, denominator) ? nullptr : "a Fraction that is not reduced";
}

bool fits_kind(const Tree& tree, const Node& item, char kind) {
  const std::string_view payload = tree.payload(item);
  switch (kind) {
    case 'b':
      return item.tag == Tag::True || item.tag == Tag::False;
    case 'i':
      return item.tag == Tag::Int && payload.size() <= 8;
    case 'u':
      return item.tag == Tag::Int && !is_negative(payload) &&
             (payload.size() <= 8 || (payload.size() == 9 && payload.back() == 0));
    case 'f':
      return item.tag == Tag::Float;
    case 'c':
      return item.tag == Tag::Complex;
    default:
      // NumPy pads with zeros and cannot tell them from an item's own.
      return item.tag == (kind == 'U' ? Tag::Str : Tag::Bytes) && !payload.ends_with('\0');
  }
}

const char* check_array(const Tree& tree, NodeIndex index) {
  const Node& node = tree[index];
  const char kind = tree.array_header(node).kind;
  std::uint64_t longest = 1;
  for (NodeIndex item = index + 1; item < node.next; item = tree[item].next) {
    if (!fits_kind(tree, tree[item], kind)) return "an array's item is not of its kind";
    if (kind == 'U' || kind == 'S') longest = std::max<std::uint64_t>(longest, tree[item].size);
  }
  if (node.size > kLargestArrayBytes / (longest * (kind == 'U' ? 4 : 1))) return "an array of uneven texts";
  return nullptr;
}

const char* check_keys_differ(const Tree& tree, Hasher& hasher, Comparison& comparison, NodeIndex container) {
  const KeyIndex index(tree, hasher, container);
  const auto& entries = index.sorted();
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].hash == kEqualsNothing) continue;
    // Runs of one hash end at their first equal pair, and unequal values share a hash by chance only.
    for (std::size_t j = i + 1; j < entries.size() && entries[j].hash == entries[i].hash; ++j) {
      if (comparison.exactly_equal(entries[i].node, entries[j].node)) return "a key or item of a set stands twice";
    }
  }
  return nullptr;
}

// The jail's side cannot read these without running Python code, and what has no encoding there has none here.
const char* check_ordered_keys(const Tree& tree, NodeIndex container) {
  for (NodeIndex key = container + 1; key < tree[container].next;) {
    const NodeIndex value = tree[key].next;
    for (NodeIndex i = key; i < value; ++i) {
      if (tree[i].tag == Tag::Fraction) return "an OrderedDict with a Fraction in a key";
    }
    key = tree[value].next;
  }
  return nullptr;
}

const char* check_content(const Tree& tree) {
  Hasher hasher(tree);
  Comparison comparison(tree, tree, {});
  for (NodeIndex i = 0; i < tree.num_nodes(); ++i) {
    const Node& node = tree[i];
    const char* wrong = nullptr;
    switch (node.tag) {
      case Tag::Str:
        if (!is_utf8(tree.payload(node))) wrong = "text that is not UTF-8";
        break;
      case Tag::Float:
        if (!is_canonical_double(tree.payload(node))) wrong = "a NaN with a payload";
        break;
      case Tag::Complex:
        if (!is_canonical_double(tree.payload(node)) || !is_canonical_double(tree.payload(node).substr(8))) {
          wrong = "a NaN with a payload";
        }
        break;
      case Tag::Decimal:
        wrong = check_decimal(tree.payload(node), node.is_key_part);
        break;
      case Tag::Fraction:
        wrong = check_fraction(tree.payload(tree[i + 1]), tree.payload(tree[i + 2]));
        break;
      case Tag::Array:
        wrong = check_array(tree, i);
        break;
      case Tag::OrderedDict:
        wrong = check_ordered_keys(tree, i);
        break;
      default:
        break;
    }
    if (wrong) return wrong;
  }
  // After all else, because comparing relies on it.
  for (NodeIndex i = 0; i < tree.num_nodes(); ++i) {
    const Node& node = tree[i];
    if (node.size < 2 || !(is_set(node.tag) || is_mapping(node.tag))) continue;
    if (const char* wrong = check_keys_differ(tree, hasher, comparison, i)) return wrong;
  }
  return nullptr;
}

}  // namespace
}  // namespace value

const char* validate(std::string_view bytes, const ValueLimits& limits) {
  if (bytes.size() > limits.max_bytes) return "larger than the limit";
  value::Tree tree;
  if (const char* wrong = tree.parse(bytes, limits.max_depth)) return wrong;
  return value::check_content(tree);
}

}  // namespace ucoder
