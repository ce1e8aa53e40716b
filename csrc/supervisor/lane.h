// A lane: one zygote, one region, at most one worker. Used by the one thread that made it.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/job.h"
#include "base/region.h"
#include "supervisor/watch.h"
#include "supervisor/zygote_process.h"
#include "ucoder/limits.h"

namespace ucoder {

class Answers;

// What to load and which cells to run, for all attempts at it.
struct Job {
  JobKind kind = JobKind::None;
  std::uint32_t policy = 0;
  bool script = false;
  PrepareMode mode = PrepareMode::Text;
  bool only_tame = false;    // programs share a worker: those that are not tame are left out
  bool keep_output = false;  // of scripts that fail
  bool on_demand = false;    // wants the zygote that has the modules of `preload_on_demand`
  bool full = false;         // wants the zygote whose workers get machines of their own
  std::string_view preamble;
  std::string_view entry_point;
  std::vector<std::string_view> programs = {{}};
  std::vector<JobCell> cells;
  Limits limits;
  // Instead of the CPU limit of a cell, and how many cells of a program it may stop: they are put off, and the rest.
  std::uint32_t first_cpu_ms = 0;
  std::uint32_t most_put_offs = 1;
  std::uint32_t first_load_ms = 0;                  // the same for loading
  std::size_t answer_bytes = std::size_t{2} << 20;  // what the answers of one program may take together
  Answers* answers = nullptr;                       // takes the answers in when the job is over
  // Of programs that share a worker: where it is there and not 0, those that were not begun are handed over to others.
  const std::atomic<std::size_t>* num_idle_lanes = nullptr;
};

// What one worker is given to read at the most; larger jobs are done in stretches.
inline constexpr std::size_t kStretchBytes = std::size_t{16} << 20;
// The largest program or cell that fits beside that in a lane.
inline constexpr std::size_t kLargestText = std::size_t{32} << 20;

// The part of a job that one worker is asked to do.
struct Stretch {
  std::uint32_t first_program = 0;
  std::uint32_t end_program = 0;
  std::uint32_t first_cell = 0;
  std::uint32_t end_cell = 0;
};

// CPU time after which the kernel ends a worker, should the supervisor stall: more than all of its cells may use.
std::uint64_t backstop_seconds(const Job& job, const Stretch& stretch);

enum class Ending : std::uint8_t {
  None = 0,
  Done,
  HeapFull,  // go on with the cell it was in
  Retired,   // go on behind the program whose clearing up it was in
  CpuLimit,  // killed for it
  WallLimit,
  Tampered,   // killed for lying about where it was
  Memory,     // killed because its processes took too much together
  Processes,  // killed because there were too many of them
  Died,       // `wait_status` says how
  Fault,      // ours: `fault` says what
  Cancelled,
};

struct AttemptEnd {
  Ending ending = Ending::None;
  std::uint64_t slot = 0;  // the one it was in when it ended, where it did not end well
  bool began = false;      // false: it ended before its first slot
  int wait_status = 0;
  bool was_asked = false;  // to hand over what it had not begun
  std::string fault;
};

struct SlotCopy {
  Report report = Report::NotRun;
  std::uint32_t cpu_us = 0;
  std::string bytes;
};

class Lane {
 public:
  explicit Lane(ZygoteOptions options);

  LayerSet layers() const { return layers_; }
  std::vector<Failure> failures() const { return failures_; }

  // Runs one worker over a stretch. `cancelled` is looked at whenever the lane is nudged. Throws
  // std::invalid_argument when the job does not fit in the region.
  AttemptEnd attempt(const Job& job, const Stretch& stretch, const std::atomic<bool>& cancelled);
  // After an attempt: a copy of one slot, taken before it is looked at; a value of at most `most` bytes.
  SlotCopy read_slot(std::uint64_t slot, std::size_t most) const;
  // After an attempt at a script: its output, at most `limit` bytes; `overflow` when it reached the limit.
  std::string read_output(std::size_t limit, bool& overflow) const;

  // Wakes the lane from its wait. From any thread.
  void nudge() const;

 private:
  void choose_zygote(const Job& job);
  void start_zygote();
  void lose_zygote();
  void write_job(const Job& job, const Stretch& stretch);
  std::optional<WorkerHandle> fork_patiently(const Job& job, AttemptEnd& end);
  AttemptEnd supervise(const Job& job, const Stretch& stretch, const WorkerHandle& worker,
                       const std::atomic<bool>& cancelled);
  AttemptEnd conclude(AttemptEnd end, Decision decision, bool cancelled, std::optional<Nanos> cpu);
  bool killed_by_others(int wait_status, std::optional<Nanos> cpu);
  std::optional<Failure> read_status() const;
  bool wait_for_exit(const WorkerHandle& worker, Nanos patience) const;

  ZygoteOptions options_;
  Region region_;
  Fd output_;
  Fd nudge_;
  Fd status_reader_;
  Fd status_writer_;
  // Plain, with the modules that are loaded on demand, and for machines. `current_` is the one whose worker uses the
  // region.
  std::array<std::unique_ptr<ZygoteProcess>, 3> zygotes_;
  std::size_t current_ = 0;
  bool ready_ = false;  // the first zygote is up: its layers are the lane's promise
  LayerSet layers_ = 0;
  std::vector<Failure> failures_;
  std::uint64_t heap_offset_ = 0;
  bool output_dirty_ = false;
  std::optional<std::uint64_t> oom_kills_;  // as of the last time it mattered
};

}  // namespace ucoder
