// Finding the ucoder package of an interpreter.
#pragma once

#include <string>

namespace ucoder {

// The folder of the package `ucoder` as `python` sees it. Throws SandboxUnavailable when it has none.
std::string locate_package(const std::string& python);

}  // namespace ucoder
