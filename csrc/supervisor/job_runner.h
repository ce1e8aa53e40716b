// One job on one lane: where it has got to, what is known, and where it goes on after each way in which a worker ends.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "supervisor/ending.h"
#include "supervisor/runner.h"

namespace ucoder {

class JobRunner {
 public:
  JobRunner(Lane& lane, const Job& job, Isolation isolation, const std::atomic<bool>& cancelled);

  JobResult run();

 private:
  std::uint32_t num_programs() const { return static_cast<std::uint32_t>(job_.programs.size()); }
  std::uint32_t num_cells() const { return static_cast<std::uint32_t>(job_.cells.size()); }
  std::uint64_t slot_of(std::uint32_t program, std::uint32_t cell) const {
    return program * slots_of(num_cells()) + 1 + cell;
  }
  SlotCopy slot_at(std::uint32_t program, std::uint32_t cell) const;
  CellResult interpret(SlotCopy slot) const { return interpret_slot(std::move(slot), job_.limits.value); }
  // Where a slot is: place 0 of a program is its loading, place 1 + c its cell c, the last the clearing up after it.
  struct Place {
    std::uint32_t program;
    std::uint32_t place;
  };
  Place place_of(std::uint64_t slot) const;
  Nanos cpu_limit() const { return job_.limits.cpu_ms * kMilli; }

  // The end of what one worker can be given of the present program, at least one cell.
  std::uint32_t stretch_end() const {
    if (one_cell_each_) return cell_ + 1;
    std::size_t bytes = 0;
    for (std::uint32_t cell = cell_; cell < num_cells(); ++cell) {
      bytes += job_.cells[cell].payload.size();
      if (bytes > kStretchBytes && cell > cell_) return cell;
    }
    return num_cells();
  }

  // One attempt from the present place; moves the place on.
  void step();

  // Whether a worker may be where it says it is: in its stretch, and for the first program not before its first cell.
  bool is_within(std::uint64_t slot, const Stretch& stretch) const;

  // Takes every result before a place.
  void collect_until(std::uint32_t program, std::uint32_t place, const Stretch& stretch);

  // What a program that shared its worker left behind, and whether what it was given was less than its own.
  void collect_clearing(std::uint32_t program);

  // Forgets what is known of a program: it is to be run in a worker of its own.
  void give_own(std::uint32_t program, std::string why);

  void start_over(std::uint32_t program);

  // A worker that programs share ended early. A time limit is the program's own; for whatever else could depend on the
  // programs before it, the one that was being run is given a worker of its own.
  void stop_shared_at(const AttemptEnd& end, const Stretch& stretch);

  bool collect_load(std::uint32_t program);

  void fail_load(std::uint32_t program, Outcome cause, const std::string& why);

  // A program that was ended while it was loaded; by the short limit it is put off.
  void end_load(std::uint32_t program, const CellResult& failure);
  void put_off_load(std::uint32_t program);

  void collect_cell(std::uint32_t program, std::uint32_t cell);

  void put(std::uint32_t program, std::uint32_t cell, CellResult result);

  // Whether a cell ended though it should have been stopped by the short limit.
  bool stopped_late(const CellResult& result) const;

  // A cell that is not run, since its program has no time-outs left or is put off.
  void set_aside(std::uint32_t program, std::uint32_t cell);

  void note_band(std::uint32_t program, std::uint32_t cell, Nanos cpu);

  // The worker did not get to the end of its stretch: blame the slot it was in, go on behind it. Every call moves the
  // place strictly forward, except for one repetition after a fault of ours.
  void stop_at(const AttemptEnd& end, const Stretch& stretch);

  // After a fault of ours: what is known stays, the cell in flight is done again.
  void repeat(const AttemptEnd& end, const Stretch& stretch);

  void finish_script(const AttemptEnd& end);

  CellResult script_result(const AttemptEnd& end) const;

  // A cell that ended within the band around the limit is run again alone; its value stays, its time is judged anew.
  void measure_again(std::uint32_t program, std::uint32_t cell);

  // A time-out that was found late ends its program where it would have ended it at once. What is skipped because of a
  // cell that lies at the limit lies there, too.
  void skip_behind_timeouts(std::uint32_t program);

  bool spent(std::uint32_t program) const;
  bool put_off(std::uint32_t program) const { return put_offs_[program] >= job_.most_put_offs; }

  void advance() { go_to(program_, cell_ + 1); }

  void finish_all() { program_ = num_programs(); }

  void skip_program() { go_to(program_ + 1, 0); }

  // Moves to a cell, past programs that are over: at their end, not loadable, or out of time-outs.
  void go_to(std::uint32_t program, std::uint32_t cell);

  Lane& lane_;
  const Job& job_;
  const std::atomic<bool>& cancelled_;
  const bool one_cell_each_;
  JobResult result_;
  std::vector<std::uint32_t> timeouts_;
  std::vector<std::uint32_t> put_offs_;
  std::vector<std::size_t> answer_bytes_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> in_band_;
  std::uint32_t program_ = 0;
  std::uint32_t cell_ = 0;
  bool requeued_ = false;
  bool handing_over_ = false;  // another lane has nothing to do
};

}  // namespace ucoder
