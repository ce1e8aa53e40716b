#include "value/secret.h"

#include <random>

namespace ucoder::value {
namespace {

std::uint64_t draw(std::random_device& device) {
  return (static_cast<std::uint64_t>(device()) << 32) | static_cast<std::uint32_t>(device());
}

Field draw_field(std::random_device& device) {
  for (;;) {
    const std::uint64_t candidate = (draw(device) >> 4) | (std::uint64_t{1} << 60) | 1U;
    if (is_prime(candidate)) return {candidate};
  }
}

Secret draw_secret() {
  std::random_device device;
  Secret drawn;
  for (Field& field : drawn.fields) field = draw_field(device);
  for (std::uint64_t& mixer : drawn.mixers) mixer = draw(device);
  for (std::uint8_t& byte : drawn.key) byte = static_cast<std::uint8_t>(device());
  return drawn;
}

}  // namespace

std::uint64_t Field::power(std::uint64_t base, std::uint64_t exponent) const {
  std::uint64_t result = 1;
  for (base = reduce(base); exponent > 0; exponent >>= 1) {
    if (exponent & 1) result = multiply(result, base);
    base = multiply(base, base);
  }
  return result;
}

std::uint64_t Field::signed_power(std::uint64_t base, std::int64_t exponent) const {
  // The base's order divides prime - 1, so a negative exponent counts back from there.
  const std::uint64_t order = prime - 1;
  if (exponent >= 0) return power(base, static_cast<std::uint64_t>(exponent) % order);
  const std::uint64_t back = (0 - static_cast<std::uint64_t>(exponent)) % order;
  return power(power(base, back), order - 1);
}

bool is_prime(std::uint64_t number) {
  // These bases decide every number below 2**64 (Sorenson and Webster, 2015).
  constexpr std::array<std::uint64_t, 12> bases = {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37};
  if (number < 2) return false;
  for (const std::uint64_t base : bases) {
    if (number % base == 0) return number == base;
  }
  const Field field{number};
  std::uint64_t odd = number - 1;
  int num_halvings = 0;
  for (; odd % 2 == 0; odd /= 2) ++num_halvings;
  for (const std::uint64_t base : bases) {
    std::uint64_t power = field.power(base, odd);
    if (power == 1) continue;
    int squarings = 0;
    for (; power != number - 1 && squarings < num_halvings; ++squarings) power = field.multiply(power, power);
    if (squarings == num_halvings) return false;
  }
  return true;
}

const Secret& secret() {
  static const Secret drawn = draw_secret();
  return drawn;
}

}  // namespace ucoder::value
