#include "interpreter/program_run.h"

#include "interpreter/arenas.h"
#include "interpreter/codec.h"

namespace ucoder::jail {

ProgramRun::ProgramRun(const WorkerSetup& setup, const JobView& job, Reporter& reporter)
    : setup_(setup),
      hooks_(*setup.hooks),
      header_(setup.region->header()),
      limits_{header_.value_bytes, header_.value_depth},
      job_(job),
      reporter_(reporter) {
  calls_.reserve(job.cells.size());
  for (const JobCell& cell : job.cells) calls_.emplace_back(cell.payload);
}

void ProgramRun::run() {
  const bool shared = header_.only_tame != 0;
  if (shared) {
    keep_arenas();
    setup_.tripwire->begin(header_.memory_bytes);
  }
  for (std::uint32_t program = header_.first_program; program < header_.num_programs; ++program) {
    if (shared) {
      run_shared(program);
    } else {
      run_alone(program);
    }
  }
}

void ProgramRun::run_alone(std::uint32_t program) {
  reporter_.begin(program, 0);
  settle();
  Answer failure;
  const Object globals = load_program(job_.programs[program], failure);
  reporter_.end(globals ? Report::Value : failure.report, failure.bytes);
  if (globals) run_cells(program, globals.get());
}

// A program that is tame is run, another one named. What `settle` seeds is met by programs that draw from it only.
void ProgramRun::run_shared(std::uint32_t program) {
  const std::string_view source = job_.programs[program];
  reporter_.begin(program, 0);
  Answer failure;
  Object code = compile_program(source, "<candidate>", failure);
  TameVerdict verdict;
  if (code) verdict = setup_.tameness->judge(code.get(), source);
  if (!verdict.tame) {
    if (code) failure = {Report::NotTame, verdict.why_not};
    reporter_.end(failure.report, failure.bytes);
    return clear_up(program, std::move(code), {}, verdict);
  }
  if (verdict.uses_random) settle();
  Object globals = execute_program(code.get(), false, failure);
  reporter_.end(globals ? Report::Value : failure.report, failure.bytes);
  if (globals) run_cells(program, globals.get());
  clear_up(program, std::move(code), std::move(globals), verdict);
}

void ProgramRun::run_cells(std::uint32_t program, PyObject* globals) {
  // Seeding costs as much as a typical call; a text without the word does not draw from the shared generator.
  const bool uses_random = job_.programs[program].find("random") != std::string_view::npos;
  const std::uint32_t first = program == header_.first_program ? header_.first_cell : 0;
  for (std::uint32_t cell = first; cell < header_.end_cell; ++cell) {
    reporter_.begin(program, cell + 1);
    if (uses_random && job_.cells[cell].kind != CellKind::Method) settle();
    const Answer answer = run_cell(globals, cell);
    reporter_.end(answer.report, answer.bytes);
  }
}

// Nothing of a program runs or is freed in another one's time: not even in its last cell's, which is judged already.
void ProgramRun::clear_up(std::uint32_t program, Object code, Object globals, const TameVerdict& verdict) {
  reporter_.begin(program, header_.num_cells + 1);
  if (globals) PyDict_Clear(globals.get());
  globals = Object();
  code = Object();
  if (verdict.uses_caches) {
    const Object done(PyObject_CallNoArgs(hooks_.forget));
    PyErr_Clear();
  }
  // Also what raised while it was loaded has left its globals behind, in a cycle with each of its functions.
  if (verdict.tame) PyGC_Collect();
  const std::string moved = setup_.tripwire->moved();
  reporter_.end(moved.empty() ? Report::Value : Report::Moved, moved);
  const bool asked = header_.hand_over.load(std::memory_order_relaxed) != 0;
  if (asked || !moved.empty() || setup_.tripwire->is_worn()) reporter_.finish(Finish::Retired);
}

void ProgramRun::settle() const {
  const Object done(PyObject_CallNoArgs(hooks_.settle));
  if (!done) PyErr_Clear();
}

Answer ProgramRun::run_cell(PyObject* globals, std::uint32_t cell) {
  const CellKind kind = job_.cells[cell].kind;
  if (kind == CellKind::Beside || kind == CellKind::Method) return run_beside(globals, job_.cells[cell]);
  return calls_[cell].run(globals, limits_);
}

// A test that was not split: true when nothing was raised, false for a failed assertion.
Answer ProgramRun::run_beside(PyObject* globals, const JobCell& cell) const {
  const Object test(codec::decode(cell.payload));
  if (!test) return answer_of_exception();
  const Object entry = make_text(job_.entry_point);
  PyObject* kind = PyTuple_GetItem(test.get(), 0);
  PyObject* text = PyTuple_GetItem(test.get(), 1);
  const Object result(PyObject_CallFunctionObjArgs(hooks_.beside, kind, text, globals, entry.get(), nullptr));
  if (result) return encode_answer(Py_True, limits_);
  if (PyErr_ExceptionMatches(PyExc_AssertionError) == 0) return answer_of_exception();
  PyErr_Clear();
  return encode_answer(Py_False, limits_);
}

}  // namespace ucoder::jail
