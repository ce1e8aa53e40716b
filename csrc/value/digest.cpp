// Both relations over behaviour come from one canonical form: equal behaviour is an equal form, and a digest is a
// hash of it. It is made of prefix-free pieces, so that a concatenation says where each ends.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "ucoder/value.h"
#include "value/decimal_text.h"
#include "value/number.h"
#include "value/tree.h"
#include "value/writer.h"

namespace ucoder {
namespace value {
namespace {

class BehaviourForm {
 public:
  explicit BehaviourForm(const Tree& tree) : tree_(tree) {}

  void append(NodeIndex node, std::string& form) const {
    const Tag tag = tree_[node].tag;
    if (is_number(tag)) {
      append_number(number_at(tree_, node), form);
    } else if (tag == Tag::Str) {
      ValueWriter(form).text(tree_.payload(tree_[node]));
    } else if (is_bytes(tag)) {
      ValueWriter(form).bytes(tree_.payload(tree_[node]));
    } else if (is_set(tag) || is_mapping(tag)) {
      append_unordered(node, form);
    } else {
      append_ordered(node, form);
    }
  }

 private:
  void append_ordered(NodeIndex index, std::string& form) const {
    const Node& node = tree_[index];
    ValueWriter writer(form);
    if (node.tag == Tag::None) return writer.none();
    writer.container(node.tag, node.size);
    if (node.tag == Tag::Array) {
      // Its items say what they are; the shape is what else there is to see.
      const ArrayHeader header = tree_.array_header(node);
      writer.tuple(header.num_dimensions);
      for (std::size_t i = 0; i < header.num_dimensions; ++i) writer.unsigned_integer(header.shape[i]);
    }
    for (NodeIndex item = index + 1; item < node.next; item = tree_[item].next) append(item, form);
  }

  void append_unordered(NodeIndex index, std::string& form) const {
    const Node& node = tree_[index];
    std::vector<std::string> items;
    items.reserve(node.size);
    for (NodeIndex item = index + 1; item < node.next; item = tree_[item].next) {
      append(item, items.emplace_back());
      if (!is_mapping(node.tag)) continue;
      item = tree_[item].next;
      append(item, items.back());
    }
    std::sort(items.begin(), items.end());
    ValueWriter(form).container(is_mapping(node.tag) ? Tag::Dict : Tag::Set, node.size);
    for (const std::string& item : items) form += item;
  }

  static void append_number(const Number& number, std::string& form) {
    ValueWriter writer(form);
    const auto without_sign_of_zero = [](double value) { return value == 0 ? 0.0 : value; };
    if (number.tag == Tag::True || number.tag == Tag::False) {
      writer.integer(number.tag == Tag::True ? 1 : 0);
    } else if (number.tag == Tag::Int) {
      writer.integer_bytes(number.payload);
    } else if (number.tag == Tag::Float) {
      const double value = load_double(number.payload.data());
      if (std::isfinite(value) && std::trunc(value) == value) {
        writer.integer_bytes(whole_float_bytes(value));
      } else {
        writer.real(value);
      }
    } else if (number.tag == Tag::Complex) {
      writer.complex(without_sign_of_zero(load_double(number.payload.data())),
                     without_sign_of_zero(load_double(number.payload.data() + 8)));
    } else if (number.tag == Tag::Fraction) {
      writer.fraction();
      writer.integer_bytes(number.payload);
      writer.integer_bytes(number.denominator);
    } else {
      append_decimal(number.payload, form);
    }
  }

  static void append_decimal(std::string_view text, std::string& form) {
    ValueWriter writer(form);
    const auto parts = parse_decimal(text);
    if (!parts || parts->is_nan()) return writer.decimal("NaN");
    const std::string sign = parts->negative && !parts->is_zero() ? "-" : "";
    if (parts->kind == DecimalParts::Kind::Infinite) return writer.decimal(sign + "Infinity");
    writer.decimal(sign + parts->digits + "E" + std::to_string(parts->exponent));
  }

  const Tree& tree_;
};

std::string behaviour_form(std::string_view bytes) {
  Tree tree;
  // Bytes that are no value are their own form, so that the relation stays an equivalence whatever comes.
  if (tree.parse(bytes)) return '?' + std::string(bytes);
  std::string form;
  form.reserve(bytes.size() + 16);
  BehaviourForm(tree).append(0, form);
  return form;
}

}  // namespace
}  // namespace value

Digest digest(std::string_view bytes, const DigestKey& key) { return siphash128(value::behaviour_form(bytes), key); }

bool same_behaviour(std::string_view left, std::string_view right) {
  return left == right || value::behaviour_form(left) == value::behaviour_form(right);
}

}  // namespace ucoder
