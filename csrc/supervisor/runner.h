// Runs a job to its end on one lane: attempt after attempt, until every cell has a result.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "supervisor/lane.h"
#include "ucoder/executor.h"
#include "ucoder/outcome.h"

namespace ucoder {

// What one cell gave: a value that was validated (or a script's output, not encoded), or how it failed.
struct CellResult {
  bool answered = false;
  Outcome outcome = Outcome::NotRun;  // of a cell that gave no answer
  std::string bytes;                  // the answer, or what went wrong: an exception's, signal's or type's name
  std::uint32_t answer = 0;           // its number, where the job's answers were taken into an `Answers`
  std::uint32_t cpu_us = 0;
  bool at_limit = false;
  bool put_off = false;  // stopped by the first, short limit, or not begun after that
  std::string output;    // of a script that failed, where its job keeps it
};

struct ProgramResult {
  Outcome load_cause = Outcome::NotRun;  // NotRun: it was loaded
  std::string load_detail;               // an exception's or a signal's name
  bool load_put_off = false;             // stopped while it was loaded, by the first, short limit
  std::vector<CellResult> cells;
  // Of a job whose programs share workers: this one has to be run on its own, and why. It has no other result.
  bool wants_own = false;
  std::string why_own;
};

struct JobResult {
  std::vector<ProgramResult> programs;
  std::size_t first_left = 0;  // programs from here on were handed over: they have no result
  std::uint64_t num_runs = 0;
  std::uint64_t num_requeued = 0;
  std::uint64_t num_workers = 0;  // processes started
  std::uint64_t num_moved = 0;    // programs that changed something in a worker they shared
  bool cancelled = false;
};

// Throws std::invalid_argument when the job does not fit in a lane.
JobResult run_job(Lane& lane, const Job& job, Isolation isolation, const std::atomic<bool>& cancelled);

}  // namespace ucoder
