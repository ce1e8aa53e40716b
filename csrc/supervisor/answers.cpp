#include "supervisor/answers.h"

#include <utility>

namespace ucoder {

std::uint32_t Answers::number_of(std::string text) {
  const std::lock_guard lock(mutex_);
  return add(std::move(text));
}

std::uint32_t Answers::add(std::string&& text) {
  const auto next = static_cast<std::uint32_t>(texts_.size());
  const auto [place, added] = numbers_.try_emplace(texts_.emplace_back(std::move(text)), next);
  if (!added) texts_.pop_back();
  return place->second;
}

void Answers::take(std::vector<ProgramResult>& programs) {
  const std::lock_guard lock(mutex_);
  for (ProgramResult& program : programs) {
    for (CellResult& cell : program.cells) {
      if (cell.answered) cell.answer = add(std::exchange(cell.bytes, {}));
    }
  }
}

}  // namespace ucoder
