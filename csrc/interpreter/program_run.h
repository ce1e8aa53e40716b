// Runs the programs of a job in one worker: one program, or several that share it.
#pragma once

#include <vector>

#include "interpreter/calls.h"
#include "interpreter/reporter.h"
#include "interpreter/worker.h"

namespace ucoder::jail {

class ProgramRun {
 public:
  ProgramRun(const WorkerSetup& setup, const JobView& job, Reporter& reporter);

  void run();

 private:
  void run_alone(std::uint32_t program);
  void run_shared(std::uint32_t program);
  void run_cells(std::uint32_t program, PyObject* globals);
  void clear_up(std::uint32_t program, Object code, Object globals, const TameVerdict& verdict);
  void settle() const;
  Answer run_cell(PyObject* globals, std::uint32_t cell);
  Answer run_beside(PyObject* globals, const JobCell& cell) const;

  const WorkerSetup& setup_;
  const Hooks& hooks_;
  const Header& header_;
  const ValueLimits limits_;
  const JobView& job_;
  Reporter& reporter_;
  std::vector<Calls> calls_;  // by cell
};

}  // namespace ucoder::jail
