#include "supervisor/ending.h"

#include <sys/wait.h>

#include <csignal>
#include <cstring>
#include <utility>

namespace ucoder {
namespace {

std::string signal_name(int number) {
  const char* name = ::sigabbrev_np(number);
  return name != nullptr ? "SIG" + std::string(name) : "signal " + std::to_string(number);
}

// How a worker that nobody killed came to its end.
CellResult death(int status) {
  if (WIFEXITED(status)) return failed(Outcome::Exit, "exit status " + std::to_string(WEXITSTATUS(status)));
  const int number = WTERMSIG(status);
  if (number == SIGSYS) return failed(Outcome::Forbidden, "system call");
  // Neither ours nor, as far as could be found out, another process's: the kernel ran out of memory for it.
  if (number == SIGKILL) return failed(Outcome::Memory, "SIGKILL");
  if (number == SIGXCPU) return failed(Outcome::CpuLimit, "SIGXCPU");
  return failed(Outcome::Signal, signal_name(number));
}

}  // namespace

std::string printable(std::string text) {
  if (text.size() > 200) text.resize(200);
  for (char& letter : text) {
    if (letter < ' ' || letter > '~') letter = '?';
  }
  return text;
}

CellResult failed(Outcome outcome, std::string why) {
  CellResult result;
  result.outcome = outcome;
  result.bytes = std::move(why);
  return result;
}

CellResult failure_of(const AttemptEnd& end) {
  switch (end.ending) {
    case Ending::CpuLimit:
      return failed(Outcome::CpuLimit, "");
    case Ending::WallLimit:
      return failed(Outcome::WallLimit, "");
    case Ending::Retired:
    case Ending::HeapFull:  // an honest worker says so only where there is a cell to go on with
    case Ending::Tampered:
      return failed(Outcome::Forbidden, kTampered);
    case Ending::Memory:
      return failed(Outcome::Memory, "its processes together");
    case Ending::Processes:
      return failed(Outcome::Forbidden, "too many processes");
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
    case Report::NotTame:  // only of loadings and clearings up, where the runner looks for them
    case Report::Moved:
      break;
  }
  result.bytes = printable(std::move(slot.bytes));
  return result;
}

}  // namespace ucoder
