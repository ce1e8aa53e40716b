#include "supervisor/runner.h"

#include <sys/wait.h>

#include <csignal>
#include <cstring>
#include <utility>

namespace ucoder {
namespace {

constexpr const char* kTampered = "tampered with the record of its progress";

std::string signal_name(int number) {
  const char* name = ::sigabbrev_np(number);
  return name != nullptr ? "SIG" + std::string(name) : "signal " + std::to_string(number);
}

CellResult failed(Outcome outcome, std::string why) {
  CellResult result;
  result.outcome = outcome;
  result.bytes = std::move(why);
  return result;
}

// Names come from the worker: only printable ASCII goes on.
std::string printable(std::string text) {
  if (text.size() > 200) text.resize(200);
  for (char& letter : text) {
    if (letter < ' ' || letter > '~') letter = '?';
  }
  return text;
}

// How a worker that nobody killed came to its end.
CellResult death(int status) {
  if (WIFEXITED(status)) return failed(Outcome::Exit, "exit status " + std::to_string(WEXITSTATUS(status)));
  const int number = WTERMSIG(status);
  if (number == SIGSYS) return failed(Outcome::Forbidden, "system call");
  // Nobody here sent it and nobody else may: the kernel ran out of memory for it.
  if (number == SIGKILL) return failed(Outcome::Memory, "SIGKILL");
  if (number == SIGXCPU) return failed(Outcome::CpuLimit, "SIGXCPU");
  return failed(Outcome::Signal, signal_name(number));
}

CellResult failure_of(const AttemptEnd& end) {
  switch (end.ending) {
    case Ending::CpuLimit:
      return failed(Outcome::CpuLimit, "");
    case Ending::WallLimit:
      return failed(Outcome::WallLimit, "");
    case Ending::HeapFull:  // an honest worker says so only where there is a cell to go on with
    case Ending::Tampered:
      return failed(Outcome::Forbidden, kTampered);
    case Ending::Died:
      return death(end.wait_status);
    default:
      return failed(Outcome::Infra, end.fault);
  }
}

CellResult interpret_slot(SlotCopy slot, const ValueLimits& limits) {
  CellResult result;
  result.cpu_us = slot.cpu_us;
  switch (slot.report) {
    case Report::Value:
      if (const char* problem = validate(slot.bytes, limits)) {
        result.outcome = Outcome::BadValue;
        result.bytes = problem;
        return result;
      }
      result.answered = true;
      result.bytes = std::move(slot.bytes);
      return result;
    case Report::Exception:
      result.outcome = Outcome::Exception;
      break;
    case Report::Exit:
      result.outcome = Outcome::Exit;
      break;
    case Report::Memory:
      result.outcome = Outcome::Memory;
      break;
    case Report::BadValue:
      result.outcome = Outcome::BadValue;
      break;
    case Report::NoEntry:
      result.outcome = Outcome::NoEntry;
      break;
    case Report::NotRun:
      break;
  }
  result.bytes = printable(std::move(slot.bytes));
  return result;
}

bool is_timeout(const CellResult& result) {
  return result.outcome == Outcome::CpuLimit || result.outcome == Outcome::WallLimit;
}

class JobRunner {
 public:
  JobRunner(Lane& lane, const Job& job, Isolation isolation, const std::atomic<bool>& cancelled)
      : lane_(lane), job_(job), cancelled_(cancelled), one_cell_each_(isolation == Isolation::Test || job.script) {
    result_.programs.resize(job.programs.size());
    for (ProgramResult& program : result_.programs) program.cells.resize(job.cells.size());
    timeouts_.resize(job.programs.size());
    answer_bytes_.resize(job.programs.size());
  }

  JobResult run() {
    while (program_ < num_programs() && !result_.cancelled) step();
    for (const auto& [program, cell] : std::exchange(in_band_, {})) {
      if (!result_.cancelled) measure_again(program, cell);
    }
    return std::move(result_);
  }

 private:
  std::uint32_t num_programs() const { return static_cast<std::uint32_t>(job_.programs.size()); }
  std::uint32_t num_cells() const { return static_cast<std::uint32_t>(job_.cells.size()); }
  std::uint64_t slot_of(std::uint32_t program, std::uint32_t cell) const {
    return std::uint64_t{program} * (num_cells() + 1ull) + 1 + cell;
  }
  SlotCopy slot_at(std::uint32_t program, std::uint32_t cell) const {
    return lane_.read_slot(slot_of(program, cell), job_.limits.value.max_bytes);
  }
  CellResult interpret(SlotCopy slot) const { return interpret_slot(std::move(slot), job_.limits.value); }
  // Where a slot is: place 0 of a program is its loading, place 1 + c its cell c.
  struct Place {
    std::uint32_t program;
    std::uint32_t place;
  };
  Place place_of(std::uint64_t slot) const {
    const std::uint64_t per_program = num_cells() + 1ull;
    return {static_cast<std::uint32_t>(slot / per_program), static_cast<std::uint32_t>(slot % per_program)};
  }
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
  void step() {
    if (num_cells() == 0 && one_cell_each_) return skip_program();
    if (job_.programs[program_].size() > kLargestText) {
      fail_load(program_, Outcome::Memory, "a program of " + std::to_string(job_.programs[program_].size()) + " bytes");
      return skip_program();
    }
    const bool together = !one_cell_each_ && num_programs() > 1;
    const Stretch stretch = together ? Stretch{program_, num_programs(), cell_, num_cells()}
                                     : Stretch{program_, program_ + 1, cell_, stretch_end()};
    ++result_.num_workers;
    AttemptEnd end = lane_.attempt(job_, stretch, cancelled_);
    if (end.ending == Ending::Cancelled) {
      result_.cancelled = true;
      return;
    }
    if (job_.script) return finish_script(end);
    if (end.ending == Ending::Done) {
      requeued_ = false;
      collect_until(stretch.end_program, 0, stretch);
      return together ? finish_all() : go_to(program_, stretch.end_cell);
    }
    stop_at(end, stretch);
  }

  // Whether a worker may be where it says it is: in its stretch, and for the first program not before its first cell.
  bool is_within(std::uint64_t slot, const Stretch& stretch) const {
    const std::uint64_t loading = slot_of(stretch.first_program, 0) - 1;
    const std::uint64_t last = slot_of(stretch.end_program - 1, stretch.end_cell);
    return slot == loading || (slot >= slot_of(stretch.first_program, stretch.first_cell) && slot < last);
  }

  // Takes every result before a place.
  void collect_until(std::uint32_t program, std::uint32_t place, const Stretch& stretch) {
    for (std::uint32_t p = stretch.first_program; p <= program && p < stretch.end_program; ++p) {
      if (p == program && place == 0) break;
      if (!collect_load(p)) continue;
      const std::uint32_t first = p == stretch.first_program ? stretch.first_cell : 0;
      const std::uint32_t last = p == program ? place - 1 : stretch.end_cell;
      for (std::uint32_t c = first; c < last; ++c) collect_cell(p, c);
    }
  }

  bool collect_load(std::uint32_t program) {
    const SlotCopy slot = lane_.read_slot(slot_of(program, 0) - 1, job_.limits.value.max_bytes);
    if (slot.report == Report::Value) return true;
    const CellResult cause = interpret(slot);
    const bool silent = cause.outcome == Outcome::NotRun;
    fail_load(program, silent ? Outcome::BadValue : cause.outcome, silent ? "no result of its loading" : cause.bytes);
    return false;
  }

  void fail_load(std::uint32_t program, Outcome cause, const std::string& why) {
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

  void collect_cell(std::uint32_t program, std::uint32_t cell) {
    CellResult result = interpret(slot_at(program, cell));
    if (!result.answered && result.outcome == Outcome::NotRun) {
      result = failed(Outcome::BadValue, "no result in the slot");
    }
    note_band(program, cell, result.cpu_us * Nanos{1000});
    put(program, cell, std::move(result));
  }

  void put(std::uint32_t program, std::uint32_t cell, CellResult result) {
    ++result_.num_runs;
    if (is_timeout(result)) ++timeouts_[program];
    // Kept until the task is judged: one program must not fill the caller's memory with its answers.
    if (result.answered) answer_bytes_[program] += result.bytes.size();
    if (result.answered && answer_bytes_[program] > job_.answer_bytes) {
      result = failed(job_.script ? Outcome::OutputLimit : Outcome::BadValue, "answers too large together");
    }
    result_.programs[program].cells[cell] = std::move(result);
  }

  void note_band(std::uint32_t program, std::uint32_t cell, Nanos cpu) {
    if (job_.kind == JobKind::Run && cpu >= band_low(cpu_limit())) in_band_.emplace_back(program, cell);
  }

  // The worker did not get to the end of its stretch: blame the slot it was in, go on behind it. Every call moves the
  // place strictly forward, except for one repetition after a fault of ours.
  void stop_at(const AttemptEnd& end, const Stretch& stretch) {
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
      fail_load(program, failure.outcome, failure.bytes);
      return go_to(program + 1, 0);
    }
    put(program, place - 1, failure);
    go_to(program, place);
  }

  // After a fault of ours: what is known stays, the cell in flight is done again.
  void repeat(const AttemptEnd& end, const Stretch& stretch) {
    if (!end.began || !is_within(end.slot, stretch)) return go_to(stretch.first_program, stretch.first_cell);
    const auto [program, place] = place_of(end.slot);
    collect_until(program, place, stretch);
    const std::uint32_t first = program == stretch.first_program ? stretch.first_cell : 0;
    go_to(program, place > 0 ? place - 1 : first);
  }

  void finish_script(const AttemptEnd& end) {
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
    note_band(program_, cell_, result.outcome == Outcome::CpuLimit ? 0 : result.cpu_us * Nanos{1000});
    put(program_, cell_, std::move(result));
    advance();
  }

  CellResult script_result(const AttemptEnd& end) const {
    bool overflow = false;
    std::string output = lane_.read_output(job_.limits.output_bytes, overflow);
    if (overflow && end.ending != Ending::Fault) return failed(Outcome::OutputLimit, "");
    CellResult result;
    if (end.ending == Ending::Done) {
      result = interpret(slot_at(program_, cell_));
      if (!result.answered) return result;
    } else {
      // Ending the process itself with status 0 is how many programs end.
      const bool fine = end.ending == Ending::Died && WIFEXITED(end.wait_status) && WEXITSTATUS(end.wait_status) == 0;
      if (!fine) return failure_of(end);
    }
    result.answered = true;
    result.bytes = std::move(output);
    return result;
  }

  // A cell that ended within the band around the limit is run again alone; its value stays, its time is judged anew.
  void measure_again(std::uint32_t program, std::uint32_t cell) {
    CellResult& result = result_.programs[program].cells[cell];
    if (spent(program)) {
      // No more time is given to this program: what lies in the band stays undecided, and says so.
      result.at_limit = true;
      return;
    }
    ++result_.num_requeued;
    ++result_.num_workers;
    const AttemptEnd end = lane_.attempt(job_, {program, program + 1, cell, cell + 1}, cancelled_);
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
    }
  }

  bool spent(std::uint32_t program) const {
    return job_.limits.max_timeouts > 0 && timeouts_[program] >= job_.limits.max_timeouts;
  }

  void advance() { go_to(program_, cell_ + 1); }

  void finish_all() { program_ = num_programs(); }

  void skip_program() { go_to(program_ + 1, 0); }

  // Moves to a cell, past programs that are over: at their end, not loadable, or out of time-outs.
  void go_to(std::uint32_t program, std::uint32_t cell) {
    program_ = program;
    cell_ = cell;
    while (program_ < num_programs()) {
      ProgramResult& result = result_.programs[program_];
      const bool over = spent(program_);
      if (over) {
        for (std::uint32_t c = cell_; c < num_cells(); ++c) {
          result.cells[c] = failed(Outcome::Skipped, "time-outs used up");
        }
      }
      if (!over && cell_ < num_cells() && result.load_cause == Outcome::NotRun) return;
      ++program_;
      cell_ = 0;
    }
  }

  Lane& lane_;
  const Job& job_;
  const std::atomic<bool>& cancelled_;
  const bool one_cell_each_;
  JobResult result_;
  std::vector<std::uint32_t> timeouts_;
  std::vector<std::size_t> answer_bytes_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> in_band_;
  std::uint32_t program_ = 0;
  std::uint32_t cell_ = 0;
  bool requeued_ = false;
};

}  // namespace

JobResult run_job(Lane& lane, const Job& job, Isolation isolation, const std::atomic<bool>& cancelled) {
  return JobRunner(lane, job, isolation, cancelled).run();
}

}  // namespace ucoder
