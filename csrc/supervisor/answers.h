// The distinct answers of one task, each kept once: most candidates give the same, and some are of many megabytes.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "supervisor/runner.h"
#include "value/text_hash.h"

namespace ucoder {

// Lanes may `take` at the same time; all else is for one thread, while no lane works for the task.
class Answers {
 public:
  // The number of this text: that of an equal one that was given before, or the next.
  std::uint32_t number_of(std::string&& text);
  // As long as this object is there.
  std::string_view text(std::uint32_t number) const { return texts_[number]; }
  std::size_t size() const { return texts_.size(); }
  // Takes the answers of all cells in: `bytes` becomes empty, `answer` its number.
  void take(std::vector<ProgramResult>& programs);

 private:
  std::uint32_t number_of_cell(std::size_t cell, std::string&& text);

  std::mutex mutex_;  // of `take`
  std::deque<std::string> texts_;
  std::unordered_map<std::string_view, std::uint32_t, value::TextHash> numbers_;
  std::vector<std::uint32_t> latest_;  // by cell
};

}  // namespace ucoder
