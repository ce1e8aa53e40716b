// SipHash-2-4 with 128 bits of output, after "SipHash: a fast short-input PRF" (Aumasson and Bernstein, 2012) and the
// authors' later definition of the doubled output.
#include <bit>

#include "ucoder/value.h"

namespace ucoder {
namespace {

std::uint64_t load(const unsigned char* bytes, std::size_t length) {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < length; ++i) word |= static_cast<std::uint64_t>(bytes[i]) << (8 * i);
  return word;
}

struct State {
  std::uint64_t v0, v1, v2, v3;

  void round() {
    v0 += v1;
    v2 += v3;
    v1 = std::rotl(v1, 13) ^ v0;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 = std::rotl(v0, 32);
    v2 += v1;
    v0 += v3;
    v1 = std::rotl(v1, 17) ^ v2;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 = std::rotl(v2, 32);
  }
  void absorb(std::uint64_t word) {
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  }
  std::uint64_t squeeze() {
    for (int i = 0; i < 4; ++i) round();
    return v0 ^ v1 ^ v2 ^ v3;
  }
};

}  // namespace

Digest siphash128(std::string_view bytes, const DigestKey& key) {
  const std::uint64_t k0 = load(key.data(), 8);
  const std::uint64_t k1 = load(key.data() + 8, 8);
  // The words spell "somepseudorandomlygeneratedbytes"; 0xee is what the long output adds.
  State state{k0 ^ 0x736f6d6570736575U, k1 ^ 0x646f72616e646f6dU ^ 0xeeU, k0 ^ 0x6c7967656e657261U,
              k1 ^ 0x7465646279746573U};
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  const std::size_t num_whole = bytes.size() / 8;
  for (std::size_t i = 0; i < num_whole; ++i) state.absorb(load(data + 8 * i, 8));
  const auto length = static_cast<std::uint64_t>(bytes.size());
  state.absorb(load(data + 8 * num_whole, bytes.size() % 8) | length << 56);
  Digest digest;
  state.v2 ^= 0xeeU;
  digest.low = state.squeeze();
  state.v1 ^= 0xddU;
  digest.high = state.squeeze();
  return digest;
}

}  // namespace ucoder
