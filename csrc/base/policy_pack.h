// Policies on their way to a zygote.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ucoder/policy.h"

namespace ucoder {

std::string pack_policies(const std::vector<Policy>& policies);
std::vector<Policy> unpack_policies(std::string_view bytes);

}  // namespace ucoder
