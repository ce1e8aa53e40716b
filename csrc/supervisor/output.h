// Comparing what a script wrote with what its test expects, by the comparison the test chose.
#pragma once

#include <string>
#include <string_view>

#include "ucoder/task.h"

namespace ucoder {

bool output_matches(std::string_view output, std::string_view expected, Comparison comparison, Tolerance tolerance);

// The part of an output that the comparison looks at: the same for outputs that no test could tell apart by
// white space.
std::string normalised(std::string_view output, Comparison comparison);

}  // namespace ucoder
