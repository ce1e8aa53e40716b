#include "supervisor/runner.h"

#include <utility>

#include "supervisor/answers.h"
#include "supervisor/job_runner.h"

namespace ucoder {
namespace {

bool is_timeout(const CellResult& result) {
  return result.outcome == Outcome::CpuLimit || result.outcome == Outcome::WallLimit;
}

}  // namespace

JobRunner::JobRunner(Lane& lane, const Job& job, Isolation isolation, const std::atomic<bool>& cancelled)
    : lane_(lane), job_(job), cancelled_(cancelled), one_cell_each_(isolation == Isolation::Test || job.script) {
  result_.programs.resize(job.programs.size());
  for (ProgramResult& program : result_.programs) program.cells.resize(job.cells.size());
  timeouts_.resize(job.programs.size());
  put_offs_.resize(job.programs.size());
  answer_bytes_.resize(job.programs.size());
}

JobResult JobRunner::run() {
  // A program that was stopped in one of its cells is finished here.
  while (program_ < num_programs() && !result_.cancelled && !(handing_over_ && cell_ == 0)) step();
  result_.first_left = program_;
  for (const auto& [program, cell] : std::exchange(in_band_, {})) {
    if (result_.cancelled || result_.programs[program].wants_own) continue;
    measure_again(program, cell);
    skip_behind_timeouts(program);
  }
  return std::move(result_);
}

void JobRunner::skip_behind_timeouts(std::uint32_t program) {
  if (!spent(program)) return;
  std::uint32_t timeouts = 0;
  bool undecided = false;
  for (CellResult& cell : result_.programs[program].cells) {
    if (timeouts >= job_.limits.max_timeouts) {
      cell = failed(Outcome::Skipped, "time-outs used up");
      cell.at_limit = undecided;
    } else if (is_timeout(cell) && !cell.put_off) {
      ++timeouts;
      undecided = undecided || cell.at_limit;
    }
  }
}

SlotCopy JobRunner::slot_at(std::uint32_t program, std::uint32_t cell) const {
  return lane_.read_slot(slot_of(program, cell), job_.limits.value.max_bytes);
}

JobRunner::Place JobRunner::place_of(std::uint64_t slot) const {
  const std::uint64_t per_program = slots_of(num_cells());
  return {static_cast<std::uint32_t>(slot / per_program), static_cast<std::uint32_t>(slot % per_program)};
}

void JobRunner::step() {
  if (num_cells() == 0 && one_cell_each_) return skip_program();
  if (job_.programs[program_].size() > kLargestText) {
    fail_load(program_, Outcome::Memory, "a program of " + std::to_string(job_.programs[program_].size()) + " bytes");
    return skip_program();
  }
  const bool together = job_.only_tame || (!one_cell_each_ && num_programs() > 1);
  const Stretch stretch = together ? Stretch{program_, num_programs(), cell_, num_cells()}
                                   : Stretch{program_, program_ + 1, cell_, stretch_end()};
  ++result_.num_workers;
  AttemptEnd end = lane_.attempt(job_, stretch, cancelled_);
  if (end.ending == Ending::Cancelled) {
    result_.cancelled = true;
    return;
  }
  handing_over_ = end.was_asked;
  if (job_.script) return finish_script(end);
  if (end.ending == Ending::Done) {
    requeued_ = false;
    collect_until(stretch.end_program, 0, stretch);
    return together ? finish_all() : go_to(program_, stretch.end_cell);
  }
  if (job_.only_tame) return stop_shared_at(end, stretch);
  stop_at(end, stretch);
}

bool JobRunner::is_within(std::uint64_t slot, const Stretch& stretch) const {
  // Only where programs share a worker is there anything behind a program's cells.
  if (!job_.only_tame && place_of(slot).place > num_cells()) return false;
  const std::uint64_t loading = slot_of(stretch.first_program, 0) - 1;
  const std::uint64_t last = slot_of(stretch.end_program - 1, stretch.end_cell) + (job_.only_tame ? 1 : 0);
  return slot == loading || (slot >= slot_of(stretch.first_program, stretch.first_cell) && slot < last);
}

void JobRunner::collect_until(std::uint32_t program, std::uint32_t place, const Stretch& stretch) {
  for (std::uint32_t p = stretch.first_program; p <= program && p < stretch.end_program; ++p) {
    if (p == program && place == 0) break;
    if (!collect_load(p)) continue;
    const std::uint32_t first = p == stretch.first_program ? stretch.first_cell : 0;
    const std::uint32_t last = p == program ? place - 1 : stretch.end_cell;
    for (std::uint32_t c = first; c < last; ++c) collect_cell(p, c);
    if (job_.only_tame && p < program) collect_clearing(p);
  }
}

bool JobRunner::collect_load(std::uint32_t program) {
  const SlotCopy slot = lane_.read_slot(slot_of(program, 0) - 1, job_.limits.value.max_bytes);
  if (job_.first_load_ms > 0 && slot.cpu_us * Nanos{1000} >= band_high(job_.first_load_ms * kMilli)) {
    put_off_load(program);  // the one who should have stopped it came late
    return false;
  }
  if (slot.report == Report::Value) return true;
  if (job_.only_tame && (slot.report == Report::NotTame || slot.report == Report::Memory)) {
    give_own(program, slot.report == Report::NotTame ? slot.bytes : "memory");
    return false;
  }
  const CellResult cause = interpret(slot);
  const bool silent = cause.outcome == Outcome::NotRun;
  fail_load(program, silent ? Outcome::BadValue : cause.outcome, silent ? "no result of its loading" : cause.bytes);
  return false;
}

void JobRunner::fail_load(std::uint32_t program, Outcome cause, const std::string& why) {
  ProgramResult& result = result_.programs[program];
  result.load_cause = cause;
  result.load_detail = why;
  const bool ours = cause == Outcome::Infra;
  for (CellResult& cell : result.cells) {
    if (cell.outcome == Outcome::NotRun && !cell.answered) {
      cell = failed(ours ? Outcome::Infra : Outcome::LoadError, why);
    }
  }
}

void JobRunner::end_load(std::uint32_t program, const CellResult& failure) {
  if (failure.outcome == Outcome::CpuLimit && job_.first_load_ms > 0) return put_off_load(program);
  fail_load(program, failure.outcome, failure.bytes);
}

void JobRunner::put_off_load(std::uint32_t program) {
  ProgramResult& result = result_.programs[program];
  result.load_put_off = true;
  put_offs_[program] = job_.most_put_offs;
  for (CellResult& cell : result.cells) {
    if (cell.outcome != Outcome::NotRun || cell.answered) continue;
    cell = failed(Outcome::CpuLimit, "");
    cell.put_off = true;
  }
}

void JobRunner::collect_cell(std::uint32_t program, std::uint32_t cell) {
  CellResult result = interpret(slot_at(program, cell));
  if (!result.answered && result.outcome == Outcome::NotRun) {
    result = failed(Outcome::BadValue, kNoResult);
  }
  if (job_.first_cpu_ms > 0 && put_off(program)) return set_aside(program, cell);
  if (stopped_late(result)) return put(program, cell, failed(Outcome::CpuLimit, ""));
  note_band(program, cell, result.cpu_us * Nanos{1000});
  put(program, cell, std::move(result));
}

// By a supervisor that stood in the run queue: what is known must not depend on that. The worker's own word on its time
// is good enough for it, as it can only put itself off.
bool JobRunner::stopped_late(const CellResult& result) const {
  return job_.first_cpu_ms > 0 && result.cpu_us * Nanos{1000} >= band_high(job_.first_cpu_ms * kMilli);
}

void JobRunner::set_aside(std::uint32_t program, std::uint32_t cell) {
  CellResult& result = result_.programs[program].cells[cell];
  result = failed(Outcome::Skipped, "time-outs used up");
  result.put_off = !spent(program);
}

void JobRunner::put(std::uint32_t program, std::uint32_t cell, CellResult result) {
  ++result_.num_runs;
  result.put_off = job_.first_cpu_ms > 0 && result.outcome == Outcome::CpuLimit;
  if (result.put_off) {
    ++put_offs_[program];
  } else if (is_timeout(result)) {
    ++timeouts_[program];
  }
  // Kept until the task is judged: one program must not fill the caller's memory with its answers.
  if (result.answered) answer_bytes_[program] += result.bytes.size();
  if (result.answered && answer_bytes_[program] > job_.answer_bytes) {
    result = failed(job_.script ? Outcome::OutputLimit : Outcome::BadValue, "answers too large together");
  }
  result_.programs[program].cells[cell] = std::move(result);
}

void JobRunner::note_band(std::uint32_t program, std::uint32_t cell, Nanos cpu) {
  if (job_.kind == JobKind::Run && cpu >= band_low(cpu_limit())) in_band_.emplace_back(program, cell);
}

void JobRunner::stop_at(const AttemptEnd& end, const Stretch& stretch) {
  if (end.ending == Ending::Fault && !std::exchange(requeued_, true)) {
    ++result_.num_requeued;
    return repeat(end, stretch);
  }
  requeued_ = false;
  if (end.began && !is_within(end.slot, stretch)) {
    if (stretch.first_cell < stretch.end_cell) {
      put(stretch.first_program, stretch.first_cell, failed(Outcome::Forbidden, kTampered));
      return go_to(stretch.first_program, stretch.first_cell + 1);
    }
    fail_load(stretch.first_program, Outcome::Forbidden, kTampered);
    return go_to(stretch.first_program + 1, 0);
  }
  const auto [program, place] = end.began ? place_of(end.slot) : Place{stretch.first_program, 0};
  collect_until(program, place, stretch);
  if (end.ending == Ending::HeapFull && place > 0) {
    const bool forward = program > stretch.first_program || place - 1 > stretch.first_cell;
    if (forward) return go_to(program, place - 1);
    put(program, place - 1, failed(Outcome::BadValue, "value larger than the lane's memory"));
    return go_to(program, place);
  }
  // The text of a load error may be what no longer fits: the program is loaded again, in an empty heap.
  if (end.ending == Ending::HeapFull && place == 0 && program > stretch.first_program) return go_to(program, 0);
  const CellResult failure = failure_of(end);
  if (place == 0) {
    end_load(program, failure);
    return go_to(program + 1, 0);
  }
  put(program, place - 1, failure);
  go_to(program, place);
}

void JobRunner::repeat(const AttemptEnd& end, const Stretch& stretch) {
  if (!end.began || !is_within(end.slot, stretch)) return go_to(stretch.first_program, stretch.first_cell);
  const auto [program, place] = place_of(end.slot);
  collect_until(program, place, stretch);
  const std::uint32_t first = program == stretch.first_program ? stretch.first_cell : 0;
  go_to(program, place > 0 ? place - 1 : first);
}

bool JobRunner::spent(std::uint32_t program) const {
  return job_.limits.max_timeouts > 0 && timeouts_[program] >= job_.limits.max_timeouts;
}

void JobRunner::go_to(std::uint32_t program, std::uint32_t cell) {
  program_ = program;
  cell_ = cell;
  while (program_ < num_programs()) {
    ProgramResult& result = result_.programs[program_];
    const bool over = spent(program_) || (job_.first_cpu_ms > 0 && put_off(program_));
    if (over) {
      for (std::uint32_t c = cell_; c < num_cells(); ++c) set_aside(program_, c);
    }
    if (!over && cell_ < num_cells() && result.load_cause == Outcome::NotRun) return;
    ++program_;
    cell_ = 0;
  }
}

JobResult run_job(Lane& lane, const Job& job, Isolation isolation, const std::atomic<bool>& cancelled) {
  JobResult result = JobRunner(lane, job, isolation, cancelled).run();
  if (job.answers != nullptr) job.answers->take(result.programs);
  return result;
}

}  // namespace ucoder
