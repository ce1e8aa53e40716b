// What the kernel did for want of memory.
#pragma once

#include <cstdint>
#include <optional>

namespace ucoder {

// Processes it has ended on the whole machine since that started. Nothing where it does not tell.
std::optional<std::uint64_t> num_oom_kills();

}  // namespace ucoder
