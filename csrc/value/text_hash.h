// The hash for tables of texts that a program or a model chose.
#pragma once

#include <cstddef>
#include <string_view>

#include "value/secret.h"

namespace ucoder::value {

// Keyed, and the key is not known to them: with a public hash anybody can write down thousands of texts that share one,
// and looking them up would cost the square of their number.
struct TextHash {
  std::size_t operator()(std::string_view text) const { return siphash128(text, secret().key).low; }
};

}  // namespace ucoder::value
