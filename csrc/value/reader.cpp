#include "value/reader.h"

#include <bit>
#include <limits>

namespace ucoder::value {

std::optional<std::int64_t> to_int64(std::string_view twos_complement) {
  if (twos_complement.size() > sizeof(std::int64_t)) return std::nullopt;
  std::uint64_t value = 0;
  for (std::size_t i = twos_complement.size(); i-- > 0;) {
    const auto byte = static_cast<unsigned char>(twos_complement[i]);
    if (i + 1 == twos_complement.size() && byte >= 0x80) value = std::numeric_limits<std::uint64_t>::max();
    value = value << 8 | byte;
  }
  return static_cast<std::int64_t>(value);
}

double load_double(const char* eight_bytes) {
  std::uint64_t bits = 0;
  for (std::size_t i = sizeof bits; i-- > 0;) bits = bits << 8 | static_cast<unsigned char>(eight_bytes[i]);
  return std::bit_cast<double>(bits);
}

std::optional<std::uint64_t> ValueReader::take_long_varint() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && left() > 0; shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes_[position_++]);
    const std::uint64_t bits = byte & 0x7fU;
    if (shift == 63 && bits > 1) break;  // more than 64 bits
    value |= bits << shift;
    if (byte < 0x80) {
      if (byte == 0 && shift > 0) break;  // a shorter form exists, and each value has one encoding
      return value;
    }
  }
  fail();
  return std::nullopt;
}

std::optional<bool> ValueReader::boolean() {
  const Tag tag = peek();
  if (!take_tag(tag == Tag::True ? Tag::True : Tag::False)) return std::nullopt;
  return tag == Tag::True;
}

std::optional<std::int64_t> ValueReader::integer() {
  const auto digits = integer_bytes();
  if (!digits) return std::nullopt;
  const auto value = to_int64(*digits);
  if (!value) fail();
  return value;
}

std::optional<double> ValueReader::real() {
  if (!take_tag(Tag::Float)) return std::nullopt;
  const char* bytes = take(8).data();
  return bytes ? std::optional(load_double(bytes)) : std::nullopt;
}

std::optional<std::array<double, 2>> ValueReader::complex() {
  if (!take_tag(Tag::Complex)) return std::nullopt;
  const char* bytes = take(16).data();
  if (!bytes) return std::nullopt;
  return std::array{load_double(bytes), load_double(bytes + 8)};
}

std::optional<std::array<std::string_view, 2>> ValueReader::fraction() {
  if (!take_tag(Tag::Fraction)) return std::nullopt;
  const auto numerator = integer_bytes();
  const auto denominator = integer_bytes();
  if (!numerator || !denominator) return std::nullopt;
  return std::array{*numerator, *denominator};
}

std::optional<std::size_t> ValueReader::count(Tag tag) {
  if (!is_container(tag) || tag == Tag::Array || !take_tag(tag)) return std::nullopt;
  const auto count = take_varint();
  // Every item takes a byte at least, so a count beyond what is left is a lie told early.
  if (!count || *count > left() / (is_mapping(tag) ? 2 : 1)) {
    fail();
    return std::nullopt;
  }
  return static_cast<std::size_t>(*count);
}

std::optional<ArrayHeader> ValueReader::array() {
  if (!take_tag(Tag::Array)) return std::nullopt;
  ArrayHeader header;
  const auto num_dimensions = take_varint();
  if (!num_dimensions || *num_dimensions > kMostDimensions) {
    fail();
    return std::nullopt;
  }
  header.num_dimensions = static_cast<std::size_t>(*num_dimensions);
  // The extents beside a zero are bounded too: NumPy computes their product.
  std::uint64_t product = 1;
  bool is_empty = false;
  for (std::size_t i = 0; i < header.num_dimensions; ++i) {
    const auto extent = take_varint();
    if (!extent || (*extent != 0 && *extent > kLargestArrayBytes / product)) {
      fail();
      return std::nullopt;
    }
    header.shape[i] = *extent;
    if (*extent == 0) is_empty = true;
    if (*extent != 0) product *= *extent;
  }
  header.num_items = is_empty ? 0 : product;
  const char* kind = take(1).data();
  if (!kind || std::string_view("biufcUS").find(*kind) == std::string_view::npos || header.num_items > left()) {
    fail();
    return std::nullopt;
  }
  header.kind = *kind;
  return header;
}

std::optional<std::string_view> ValueReader::whole() {
  const std::size_t start = position_;
  // Counts are bounded by the bytes left, so the sum cannot overflow before the bytes run out.
  for (std::uint64_t pending = 1; pending > 0; --pending) {
    const Tag tag = peek();
    if (is_sequence(tag) || is_set(tag)) {
      pending += count(tag).value_or(0);
    } else if (is_mapping(tag)) {
      pending += 2 * count(tag).value_or(0);
    } else if (tag == Tag::Array) {
      pending += array().value_or(ArrayHeader{}).num_items;
    } else if (tag == Tag::None || tag == Tag::True || tag == Tag::False) {
      take_tag(tag);
    } else if (tag == Tag::Int) {
      integer_bytes();
    } else if (tag == Tag::Float) {
      real();
    } else if (tag == Tag::Complex) {
      complex();
    } else if (tag == Tag::Fraction) {
      fraction();
    } else if (tag == Tag::Str || tag == Tag::Decimal || is_bytes(tag)) {
      take_block(tag);
    } else {
      fail();
    }
    if (failed_) return std::nullopt;
  }
  return bytes_.substr(start, position_ - start);
}

}  // namespace ucoder::value
