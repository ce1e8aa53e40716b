#include "base/step.h"

#include <array>
#include <string_view>
#include <system_error>

namespace ucoder {

std::string describe(const Failure& failure) {
  static constexpr auto kTexts = std::to_array<std::string_view>({
#define UCODER_STEP(name, text) text,
      UCODER_STEPS(UCODER_STEP)
#undef UCODER_STEP
  });
  const auto index = static_cast<std::size_t>(failure.step);
  if (index == 0 || index >= kTexts.size()) return std::string(kTexts[0]);
  return "could not " + std::string(kTexts[index]) + ": " + std::generic_category().message(failure.error);
}

}  // namespace ucoder
