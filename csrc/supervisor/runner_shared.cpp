// JobRunner where programs share a worker: who is blamed, and who is given a worker of its own.
#include <algorithm>

#include "supervisor/job_runner.h"

namespace ucoder {
namespace {

constexpr std::size_t kMostReasonBytes = 256;

}  // namespace

void JobRunner::collect_clearing(std::uint32_t program) {
  const std::vector<CellResult>& cells = result_.programs[program].cells;
  const SlotCopy slot = lane_.read_slot(slot_of(program, num_cells()), kMostReasonBytes);
  if (slot.report == Report::Moved) {
    ++result_.num_moved;
    return give_own(program, "changed " + slot.bytes);
  }
  if (std::ranges::any_of(cells, [](const CellResult& cell) { return cell.outcome == Outcome::Memory; })) {
    give_own(program, "memory");
  }
}

void JobRunner::give_own(std::uint32_t program, std::string why) {
  ProgramResult& result = result_.programs[program];
  result = {};
  result.cells.resize(num_cells());
  result.wants_own = true;
  result.why_own = printable(std::move(why));
  start_over(program);
}

void JobRunner::start_over(std::uint32_t program) {
  timeouts_[program] = put_offs_[program] = 0;
  answer_bytes_[program] = 0;
  std::erase_if(in_band_, [&](const auto& entry) { return entry.first == program; });
}

void JobRunner::stop_shared_at(const AttemptEnd& end, const Stretch& stretch) {
  if (end.ending == Ending::Fault && !std::exchange(requeued_, true)) {
    ++result_.num_requeued;
    return repeat(end, stretch);
  }
  requeued_ = false;
  const bool lost = end.began && !is_within(end.slot, stretch);
  const auto [program, place] = end.began && !lost ? place_of(end.slot) : Place{stretch.first_program, 0};
  const bool clearing = place > num_cells();
  if (end.ending == Ending::Retired && clearing) {
    collect_until(program + 1, 0, stretch);
    return go_to(program + 1, 0);
  }
  collect_until(program, place, stretch);
  const bool timed_out = end.ending == Ending::CpuLimit || end.ending == Ending::WallLimit;
  if (timed_out && !clearing && !lost) {
    const CellResult failure = failure_of(end);
    if (place > 0) {
      put(program, place - 1, failure);
      return go_to(program, place);
    }
    end_load(program, failure);
  } else if (end.ending == Ending::HeapFull && program > stretch.first_program) {
    // The answers of others filled the heap.
    result_.programs[program] = {};
    result_.programs[program].cells.resize(num_cells());
    start_over(program);
    return go_to(program, 0);
  } else {
    give_own(program, "ended its worker");
  }
  go_to(program + 1, 0);
}

}  // namespace ucoder
