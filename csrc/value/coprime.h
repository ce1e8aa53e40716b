#pragma once

#include <string_view>

namespace ucoder::value {

// Whether two integers in minimal two's complement have no common divisor but one. Quadratic in their size.
bool are_coprime(std::string_view left, std::string_view right);

}  // namespace ucoder::value
