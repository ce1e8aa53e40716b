#include "supervisor/answers.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace ucoder {

std::uint32_t Answers::number_of(std::string&& text) {
  const auto next = static_cast<std::uint32_t>(texts_.size());
  const auto [place, added] = numbers_.try_emplace(texts_.emplace_back(std::move(text)), next);
  if (!added) texts_.pop_back();
  return place->second;
}

// Programs mostly answer what the one before them answered: a comparison costs less than a hash.
std::uint32_t Answers::number_of_cell(std::size_t cell, std::string&& text) {
  if (latest_[cell] < texts_.size() && texts_[latest_[cell]] == text) return latest_[cell];
  latest_[cell] = number_of(std::move(text));
  return latest_[cell];
}

void Answers::take(std::vector<ProgramResult>& programs) {
  const std::lock_guard lock(mutex_);
  for (ProgramResult& program : programs) {
    latest_.resize(std::max(latest_.size(), program.cells.size()), UINT32_MAX);
    for (std::size_t i = 0; i < program.cells.size(); ++i) {
      CellResult& cell = program.cells[i];
      if (cell.answered) cell.answer = number_of_cell(i, std::exchange(cell.bytes, {}));
    }
  }
}

}  // namespace ucoder
