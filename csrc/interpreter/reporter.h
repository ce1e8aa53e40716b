// The worker's pen: writes progress and slots into the lane's region.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "base/region.h"

namespace ucoder::jail {

class Reporter {
 public:
  explicit Reporter(Region& region);

  // Says which slot is being worked on, before anything is done for it.
  void begin(std::uint32_t program, std::uint32_t slot);
  // Fills the slot that was begun. Ends the process when the heap is full: the supervisor goes on with this cell in a
  // fresh worker.
  void end(Report report, std::string_view bytes);
  [[noreturn]] void finish(Finish finish);

 private:
  Nanos cpu_used(Nanos now);

  Region& region_;
  std::uint64_t slots_per_program_;
  std::uint64_t current_ = 0;
  std::uint64_t heap_used_ = 0;
  // Of the present slot: when it began. Of the last time the CPU clock was read: what both clocks said.
  Nanos began_ = 0;
  Nanos read_at_ = 0;
  Nanos cpu_at_ = 0;
};

}  // namespace ucoder::jail
