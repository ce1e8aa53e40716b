#include "interpreter/worker.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string>

#include "base/channel.h"
#include "interpreter/codec.h"
#include "interpreter/program_run.h"
#include "interpreter/reporter.h"
#include "sandbox/capabilities.h"
#include "sandbox/limits.h"
#include "sandbox/seccomp.h"

namespace ucoder::jail {
namespace {

// ---- after the fork: async-signal-safe calls on memory prepared before ----------------------------------------------

// A parent that died before the signal was asked for sends none: look once.
Failure tie_to_parent(int zygote_pidfd) {
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return {Step::ParentDeathSignal, errno};
  pollfd parent{zygote_pidfd, POLLIN, 0};
  if (::poll(&parent, 1, 0) > 0) return {Step::ParentDeathSignal, ESRCH};
  return {};
}

// Standard input is a file of its own that holds the whole input and can no longer change.
Failure make_input(std::string_view input) {
  const int file = ::memfd_create("stdin", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (file < 0) return {Step::InputFile, errno};
  for (std::size_t done = 0; done < input.size();) {
    const ssize_t size = ::write(file, input.data() + done, input.size() - done);
    if (size < 0 && errno != EINTR) return {Step::InputFile, errno};
    if (size > 0) done += static_cast<std::size_t>(size);
  }
  if (::fcntl(file, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0 ||
      ::lseek(file, 0, SEEK_SET) != 0 || ::dup2(file, STDIN_FILENO) < 0) {
    return {Step::InputFile, errno};
  }
  return {};
}

Failure arrange_descriptors(const Policy& policy) {
  if (policy.standard_streams && ::dup2(kOutputFd, STDOUT_FILENO) < 0) return {Step::Descriptors, errno};
  // The status pipe stays until the jail is closed.
  const auto status = static_cast<unsigned>(kStatusFd);
  if (::syscall(__NR_close_range, 3u, status - 1, 0u) == 0 && ::syscall(__NR_close_range, status + 1, ~0u, 0u) == 0) {
    return {};
  }
  if (errno != ENOSYS) return {Step::Descriptors, errno};
  for (int fd = 3; fd < 1024; ++fd) {
    if (fd != kStatusFd) ::close(fd);
  }
  return {};
}

// Tells the lane thread how the set-up went, and gives the way of telling up: what a program does later cannot pass for
// a fault of the sandbox.
void report_set_up(const Failure& failure) {
  const bool told = ::write(kStatusFd, &failure, sizeof failure) == static_cast<ssize_t>(sizeof failure);
  ::close(kStatusFd);
  if (failure || !told) ::_exit(1);
}

WorkerLimits limits_of(const WorkerSetup& setup, const Policy& policy) {
  const Header& header = setup.region->header();
  return {.address_space_bytes = setup.address_space_bytes + header.memory_bytes,
          .file_bytes = policy.own_machine ? policy.scratch_bytes : header.output_bytes,
          .cpu_seconds = header.cpu_seconds,
          .max_tasks = policy.max_tasks,
          .max_files = policy.max_files};
}

// Processes below this one do not get the region: nothing of theirs is a result, and one that a program forks and then
// forgets to end would go on with the cells behind it.
Failure make_machine(const WorkerSetup& setup, std::uint32_t policy) {
  if (!(*setup.policies)[policy].own_machine) return {};
  if (::madvise(setup.region->data(), setup.region->bytes(), MADV_DONTFORK) != 0) return {Step::OwnMachine, errno};
  return enter_machine((*setup.machines)[policy]);
}

Failure lock_down(const WorkerSetup& setup, std::uint32_t policy) {
  if (::setsid() < 0 && errno != EPERM) return {Step::NewSession, errno};
  if (const Failure failure = set_limits(limits_of(setup, (*setup.policies)[policy]))) return failure;
  if (const Failure failure = drop_all_capabilities()) return failure;
  if (const Failure failure = forbid_new_privileges()) return failure;
  if ((setup.layers & bit(Layer::Seccomp)) != 0) return install_filter((*setup.filters)[policy]);
  return {};
}

// ---- from here on the interpreter runs again ------------------------------------------------------------------------

Answer call_hook(PyObject* hook, PyObject* arguments, const ValueLimits& limits) {
  const Object owned(arguments);
  const Object result(owned ? PyObject_CallObject(hook, owned.get()) : nullptr);
  return result ? encode_answer(result.get(), limits) : answer_of_exception();
}

class Worker {
 public:
  Worker(const WorkerSetup& setup, const JobView& job, Reporter& reporter)
      : hooks_(*setup.hooks),
        header_(setup.region->header()),
        limits_{header_.value_bytes, header_.value_depth},
        job_(job),
        reporter_(reporter) {}

  // The program is __main__ and its end is the process's, as it would be on its own.
  [[noreturn]] void run_script() {
    const std::uint32_t program = header_.first_program;
    reporter_.begin(program, 0);
    Answer failure;
    const Object code = compile_program(job_.programs[program], "main.py", failure);
    reporter_.end(code ? Report::Value : failure.report, failure.bytes);
    if (!code) reporter_.finish(Finish::Done);
    reporter_.begin(program, header_.first_cell + 1);
    const Object status(PyObject_CallFunctionObjArgs(hooks_.script, code.get(), nullptr));
    const Answer answer = status ? encode_answer(status.get(), limits_) : answer_of_exception();
    reporter_.end(answer.report, answer.bytes);
    reporter_.finish(Finish::Done);
  }

  void run_hooks() {
    reporter_.begin(0, 0);
    const Object entry = make_text(job_.entry_point);
    Object names = Object::borrowed(Py_None);
    if (header_.kind == JobKind::Judge || job_.mode != PrepareMode::Text) {
      const Object preamble = make_text(job_.preamble);
      settle();
      names = Object(PyObject_CallFunctionObjArgs(hooks_.load_preamble, preamble.get(), entry.get(), nullptr));
    }
    const Answer failure = names ? Answer{Report::Value, {}} : answer_of_exception();
    reporter_.end(failure.report, failure.bytes);
    if (!names) return;
    for (std::uint32_t cell = header_.first_cell; cell < header_.end_cell; ++cell) {
      reporter_.begin(0, cell + 1);
      settle();
      const Answer answer = run_hook(job_.cells[cell].payload, entry.get(), names.get());
      reporter_.end(answer.report, answer.bytes);
    }
  }

 private:
  void settle() const {
    const Object done(PyObject_CallNoArgs(hooks_.settle));
    if (!done) PyErr_Clear();
  }

  Answer run_hook(std::string_view payload, PyObject* entry, PyObject* names) const {
    const Object test(codec::decode(payload));
    if (!test) return answer_of_exception();
    if (header_.kind == JobKind::Prepare) {
      PyObject* const evaluate = job_.mode == PrepareMode::Evaluate ? Py_True : Py_False;
      return call_hook(hooks_.prepare, PyTuple_Pack(4, test.get(), entry, names, evaluate), limits_);
    }
    return call_hook(hooks_.judge,
                     PyTuple_Pack(3, PyTuple_GetItem(test.get(), 0), PyTuple_GetItem(test.get(), 1), names), limits_);
  }

  const Hooks& hooks_;
  const Header& header_;
  ValueLimits limits_;
  const JobView& job_;
  Reporter& reporter_;
};

// For whoever looks at the machine with `top` or a profiler.
const char* name_of(const Header& header, const JobView& job) {
  if (header.kind == JobKind::Run) return header.only_tame != 0 ? "ucoder-shared" : "ucoder-alone";
  if (header.kind == JobKind::Judge) return "ucoder-judge";
  return job.mode == PrepareMode::Evaluate ? "ucoder-evaluate" : "ucoder-prepare";
}

Failure set_up(const WorkerSetup& setup, const JobView& job) {
  const Header& header = setup.region->header();
  if (!job.ok || header.policy >= setup.policies->size()) return {Step::ReadJob, EINVAL};
  const Policy& policy = (*setup.policies)[header.policy];
  if (const Failure failure = tie_to_parent(setup.zygote_pidfd)) return failure;
  if (job.script && header.first_cell < job.cells.size()) {
    if (const Failure failure = make_input(job.cells[header.first_cell].payload)) return failure;
  }
  if (const Failure failure = arrange_descriptors(policy)) return failure;
  if (const Failure failure = make_machine(setup, header.policy)) return failure;
  PyOS_AfterFork_Child();
  return lock_down(setup, header.policy);
}

}  // namespace

void work(const WorkerSetup& setup) {
  Reporter reporter(*setup.region);
  const Header& header = setup.region->header();
  const std::string_view bytes(reinterpret_cast<const char*>(setup.region->data() + header.job_offset),
                               header.job_bytes);
  const JobView job = read_job(header, bytes);
  ::prctl(PR_SET_NAME, name_of(header, job), 0, 0, 0);
  report_set_up(set_up(setup, job));

  Worker worker(setup, job, reporter);
  if (job.script) worker.run_script();
  if (header.kind == JobKind::Run) {
    ProgramRun(setup, job, reporter).run();
  } else {
    worker.run_hooks();
  }
  reporter.finish(Finish::Done);
}

}  // namespace ucoder::jail
