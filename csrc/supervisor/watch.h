// When a worker has had enough. Fed with what can be seen from outside; knows nothing of processes.
//
// A cell's clock starts where the worker says that it began the cell, between the last look at an earlier one and the
// first at this one. A worker that says so truly is never charged for more than the cell used; one that lies can only
// have itself ended early.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "base/clock.h"

namespace ucoder {

struct CellBudget {
  Nanos cpu = 0;
  Nanos wall = 0;
};

enum class Decision : std::uint8_t {
  Go = 0,
  CpuLimit,
  WallLimit,
  Starved,   // the machine gave it no processor: says nothing about the program
  Tampered,  // its progress went backwards or out of range: it would never run out of time
  Memory,    // said by who looks at its processes, not by the watch
  Processes,
};

struct Sighting {
  std::uint64_t progress = 0;
  Nanos now = 0;
  Nanos cpu = 0;
  Nanos run_delay = 0;
  Nanos began_cpu = 0;                     // the worker's word: its CPU clock when it began what it is at
  std::optional<std::uint64_t> naps = {};  // how often it went to sleep, where it does not sleep now; see `asks_naps`
};

class Watch {
 public:
  using BudgetOf = std::function<CellBudget(std::uint64_t progress)>;
  Watch(BudgetOf budget_of, std::uint64_t last_progress, Nanos now);

  Decision look(const Sighting& sighting);
  // Whether the next look is to tell naps: the wall limit is near enough to find out whether it only waits to be run.
  bool asks_naps() const { return asks_naps_; }
  // How long to sleep before the next look can matter.
  Nanos patience() const { return patience_; }
  // CPU time the present cell certainly used, as of the last look.
  Nanos certain_cpu() const { return certain_cpu_; }

 private:
  BudgetOf budget_of_;
  std::uint64_t last_progress_;
  CellBudget budget_;
  Sighting start_;
  Nanos last_look_ = 0;
  Nanos last_cpu_ = 0;  // at that look, like the next two
  Nanos last_delay_ = 0;
  std::optional<std::uint64_t> last_naps_;
  Nanos asked_patience_ = 0;
  Nanos stopped_ = 0;   // time in which this thread itself did not run
  Nanos withheld_ = 0;  // time in which the worker could have run, did not, and stood in no run queue: stolen from all
  bool asks_naps_ = false;
  Nanos patience_ = 0;
  Nanos certain_cpu_ = 0;
};

// The band around a CPU limit: below it a finished cell is believed, above it a killed one is.
inline constexpr Nanos band_low(Nanos limit) { return limit * 4 / 5; }
inline constexpr Nanos band_high(Nanos limit) { return limit * 3 / 2; }

}  // namespace ucoder
