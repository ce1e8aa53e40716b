// The usual assertion, read without an interpreter: `assert f([1, 2]) == 3`, `assert not f("a")`.
//
// Nine in ten assertions that models write are one call of the program with literals beside a literal. What they mean
// does not depend on anything else, so they need no worker: a task of such tests is judged with one fork less, which is
// half of what a small task costs. The text is untrusted: it is read once from left to right, nests 40 deep at the
// most, and whatever is not surely what Python would read is left to the jail.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ucoder {

// The plan of the test as jail/assertions.py gives it, encoded; nothing where it is not a usual one. `entry_point` is
// the name of a function.
std::optional<std::string> usual_plan(std::string_view text, std::string_view entry_point);

}  // namespace ucoder
