#include "base/step.h"

#include <array>
#include <cerrno>
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
  std::string text = "could not " + std::string(kTexts[index]) + ": " + std::generic_category().message(failure.error);
  // What unshare(2) answers to a process of several threads.
  if (failure.step == Step::UserNamespace && failure.error == EINVAL) {
    text += " (a module that is loaded beforehand has started a thread: leave it out of preload and preload_on_demand)";
  }
  return text;
}

}  // namespace ucoder
