#include "value/writer.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstring>

namespace ucoder::value {
namespace {

constexpr std::size_t kLongestVarint = 10;

std::size_t put_varint(char* out, std::uint64_t value) {
  std::size_t length = 0;
  while (value >= 0x80) {
    out[length++] = static_cast<char>(static_cast<unsigned char>(value | 0x80));
    value >>= 7;
  }
  out[length++] = static_cast<char>(static_cast<unsigned char>(value));
  return length;
}

void put_little_endian(char* out, std::uint64_t value, std::size_t length) {
  for (std::size_t i = 0; i < length; ++i) out[i] = static_cast<char>(static_cast<unsigned char>(value >> (8 * i)));
}

void put_double(char* out, double value) {
  // A NaN's payload says nothing that Python shows, and would make equal answers differ.
  const std::uint64_t bits = std::isnan(value) ? 0x7ff8000000000000U : std::bit_cast<std::uint64_t>(value);
  put_little_endian(out, bits, sizeof bits);
}

}  // namespace

void ValueWriter::put(std::string_view bytes) {
  if (full_ || bytes.size() > room_) {
    full_ = true;
    return;
  }
  out_.append(bytes);
  room_ -= bytes.size();
}

void ValueWriter::put_tag(Tag tag) {
  const char byte = static_cast<char>(tag);
  put({&byte, 1});
}

void ValueWriter::put_count(Tag tag, std::size_t count) {
  std::array<char, 1 + kLongestVarint> header;
  header[0] = static_cast<char>(tag);
  put({header.data(), 1 + put_varint(header.data() + 1, count)});
}

void ValueWriter::put_block(Tag tag, std::string_view data) {
  std::array<char, 1 + kLongestVarint> header;
  header[0] = static_cast<char>(tag);
  const std::size_t header_size = 1 + put_varint(header.data() + 1, data.size());
  // Both or neither, so that a block too large leaves nothing behind.
  if (header_size > room_ || data.size() > room_ - header_size) full_ = true;
  put({header.data(), header_size});
  put(data);
}

void ValueWriter::integer(std::int64_t value) {
  const auto magnitude = static_cast<std::uint64_t>(value ^ (value >> 63));
  const auto length = value == 0 ? std::size_t{0} : static_cast<std::size_t>(std::bit_width(magnitude)) / 8 + 1;
  std::array<char, 11> bytes;  // 10 are enough; GCC takes a magnitude of 63 bits for one of 64
  bytes[0] = static_cast<char>(Tag::Int);
  bytes[1] = static_cast<char>(length);
  put_little_endian(bytes.data() + 2, static_cast<std::uint64_t>(value), length);
  put({bytes.data(), 2 + length});
}

void ValueWriter::unsigned_integer(std::uint64_t value) {
  std::array<char, 9> bytes{};  // one byte more than the number, for its sign
  put_little_endian(bytes.data(), value, sizeof value);
  integer_bytes({bytes.data(), bytes.size()});
}

void ValueWriter::integer_bytes(std::string_view twos_complement) {
  std::size_t length = twos_complement.size();
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(twos_complement[i]); };
  while (length > 1) {
    const bool negative = byte(length - 2) >= 0x80;
    if (byte(length - 1) != (negative ? 0xff : 0x00)) break;
    --length;
  }
  if (length == 1 && byte(0) == 0) length = 0;
  put_block(Tag::Int, twos_complement.substr(0, length));
}

void ValueWriter::real(double value) {
  std::array<char, 9> bytes;
  bytes[0] = static_cast<char>(Tag::Float);
  put_double(bytes.data() + 1, value);
  put({bytes.data(), bytes.size()});
}

void ValueWriter::complex(double real_part, double imaginary_part) {
  std::array<char, 17> bytes;
  bytes[0] = static_cast<char>(Tag::Complex);
  put_double(bytes.data() + 1, real_part);
  put_double(bytes.data() + 9, imaginary_part);
  put({bytes.data(), bytes.size()});
}

void ValueWriter::array(std::span<const std::size_t> shape, char kind) {
  put_count(Tag::Array, shape.size());
  std::array<char, kLongestVarint> bytes;
  for (const std::size_t extent : shape) put({bytes.data(), put_varint(bytes.data(), extent)});
  put({&kind, 1});
}

}  // namespace ucoder::value
