#pragma once

#include <string_view>

namespace ucoder::value {

// UTF-8 in which a lone surrogate may stand as its three-byte form, as Python's "surrogatepass" has it. Overlong
// forms and code points past U+10FFFF are refused.
bool is_utf8(std::string_view text);

}  // namespace ucoder::value
