// JobRunner where a worker has one cell: scripts, and cells whose time is measured again.
#include <sys/wait.h>

#include "supervisor/job_runner.h"

namespace ucoder {

void JobRunner::finish_script(const AttemptEnd& end) {
  const std::uint64_t loading = slot_of(program_, 0) - 1;
  if (end.ending == Ending::Done && !collect_load(program_)) return skip_program();
  if (end.ending != Ending::Done && end.ending != Ending::Fault && (!end.began || end.slot == loading)) {
    const CellResult cause = failure_of(end);
    fail_load(program_, cause.outcome, cause.bytes);
    return skip_program();
  }
  CellResult result = script_result(end);
  if (end.ending == Ending::Fault && !std::exchange(requeued_, true)) {
    ++result_.num_requeued;
    return;
  }
  requeued_ = false;
  if (stopped_late(result)) result = failed(Outcome::CpuLimit, "");
  note_band(program_, cell_, result.outcome == Outcome::CpuLimit ? 0 : result.cpu_us * Nanos{1000});
  put(program_, cell_, std::move(result));
  advance();
}

CellResult JobRunner::script_result(const AttemptEnd& end) const {
  bool overflow = false;
  std::string output = lane_.read_output(job_.limits.output_bytes, overflow);
  CellResult result = end.ending == Ending::Done ? interpret(slot_at(program_, cell_)) : CellResult{};
  // Ending the process itself with status 0 is how many programs end.
  const bool fine = end.ending == Ending::Died && WIFEXITED(end.wait_status) && WEXITSTATUS(end.wait_status) == 0;
  if (overflow && end.ending != Ending::Fault) {
    result = failed(Outcome::OutputLimit, "");
  } else if (end.ending != Ending::Done && !fine) {
    result = failure_of(end);
  } else if (result.answered || fine) {
    result.answered = true;
    result.bytes = std::move(output);
    return result;
  } else if (result.outcome == Outcome::NotRun) {
    result = failed(Outcome::BadValue, kNoResult);  // a worker that says it is done and left nothing
  }
  if (job_.keep_output) result.output = std::move(output);
  return result;
}

void JobRunner::measure_again(std::uint32_t program, std::uint32_t cell) {
  CellResult& result = result_.programs[program].cells[cell];
  if (spent(program)) {
    // No more time is given to this program: what lies in the band stays undecided, and says so.
    result.at_limit = true;
    return;
  }
  ++result_.num_requeued;
  ++result_.num_workers;
  Job whole = job_;
  whole.first_cpu_ms = 0;
  whole.only_tame = false;
  const AttemptEnd end = lane_.attempt(whole, {program, program + 1, cell, cell + 1}, cancelled_);
  if (end.ending == Ending::Cancelled) {
    result_.cancelled = true;
    return;
  }
  if (end.ending == Ending::CpuLimit || end.ending == Ending::WallLimit) {
    result = failure_of(end);
    ++timeouts_[program];
    return;
  }
  if (end.ending != Ending::Done) {
    result.at_limit = true;
    return;
  }
  const SlotCopy slot = slot_at(program, cell);
  const Nanos cpu = slot.cpu_us * Nanos{1000};
  result.at_limit = cpu >= band_low(cpu_limit());
  if (!result.at_limit) result.cpu_us = slot.cpu_us;
  if (cpu > cpu_limit() && result.at_limit) {
    const std::uint32_t cpu_us = slot.cpu_us;
    result = failed(Outcome::CpuLimit, "");
    result.cpu_us = cpu_us;
    result.at_limit = true;
    ++timeouts_[program];
  }
}

}  // namespace ucoder
