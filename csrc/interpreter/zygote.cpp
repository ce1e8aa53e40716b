#include "interpreter/zygote.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <malloc.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/channel.h"
#include "base/policy_pack.h"
#include "interpreter/calls.h"
#include "interpreter/list_slices.h"
#include "interpreter/worker.h"
#include "sandbox/capabilities.h"
#include "sandbox/limits.h"
#include "sandbox/namespaces.h"
#include "sandbox/seccomp.h"
#include "value/writer.h"

namespace ucoder::jail {
namespace {

constexpr std::size_t kMaxPolicyBytes = 1 << 17;
constexpr std::string_view kWarmProgram = R"(from typing import List
def warm(x):
    """A function like any other."""
    seen = {"a": [x], "b": (x, 1.5)}
    for i in range(3):
        seen["a"].append(str(i) + "x")
    return [sorted(map(len, seen["a"][1:])), sum(j * j for j in range(4)), seen]
)";

class Zygote {
 public:
  explicit Zygote(const ZygoteSetup& setup) : setup_(setup) {}

  [[noreturn]] void run() {
    start_alone();
    take_policies();
    worker_.address_space_bytes = address_space_bytes();
    warm_up();
    send_reply(kChannelFd, enter());
    for (;;) {
      const auto bytes = receive_bytes(kChannelFd, sizeof(Request));
      if (!bytes || bytes->size() != sizeof(Request)) ::_exit(0);
      Request request;
      std::memcpy(&request, bytes->data(), sizeof request);
      const bool answered = request.ask == Ask::Fork ? fork_worker() : reap_worker();
      if (!answered) ::_exit(0);
    }
  }

 private:
  // Nothing of the process that started this one stays: not its descriptors, not its session, not its death.
  void start_alone() {
    ::syscall(__NR_close_range, static_cast<unsigned>(kStatusFd) + 1, ~0u, 0u);
    ::setsid();
    tie_to_supervisor();
  }

  void tie_to_supervisor() const {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    // In a foreign pid namespace the parent reads as 0; elsewhere another parent means the first one is gone.
    const pid_t parent = ::getppid();
    if (parent != 0 && parent != setup_.supervisor_pid) ::_exit(0);
  }

  void take_policies() {
    const auto bytes = receive_bytes(kChannelFd, kMaxPolicyBytes);
    if (!bytes) ::_exit(0);
    policies_ = unpack_policies(*bytes);
    for (const Policy& policy : policies_) filters_.push_back(build_filter(policy));
    region_ = Region::attach(kRegionFd, setup_.region_bytes);
  }

  // Does once what every worker would do for the first time: caches fill and memory is laid out here, on pages that
  // workers then share instead of copying. The heap is trimmed last, so that no worker's first large allocation walks
  // through the free chunks of the start.
  void warm_up() {
    std::string payload;
    value::ValueWriter writer(payload);
    writer.tuple(1);
    writer.tuple(4);
    writer.text("warm");
    writer.tuple(1);
    writer.integer(1);
    writer.dict(0);
    writer.dict(0);
    for (int round = 0; round < 3; ++round) {
      Answer answer;
      const Object settled(PyObject_CallNoArgs(setup_.hooks.settle));
      const Object globals = load_program(kWarmProgram, answer);
      if (globals) answer = Calls(payload).run(globals.get(), ValueLimits{});
    }
    PyErr_Clear();
    if (PyDict_DelItemString(PyImport_GetModuleDict(), "candidate") != 0) PyErr_Clear();
    prepare_sharing();
    PyGC_Collect();
    ::malloc_trim(0);
  }

  // What decides which programs may share a worker, and what is looked at after each of them.
  void prepare_sharing() {
    repair_list_slices();
    const Object forgotten(PyObject_CallNoArgs(setup_.hooks.forget));
    const Object watched(PyObject_CallNoArgs(setup_.hooks.watched));
    if (forgotten && watched && tameness_.load(setup_.hooks.tame_tables, setup_.hooks.refine) &&
        tripwire_.arm(watched.get(), setup_.hooks.settings)) {
      worker_.tameness = &tameness_;
      worker_.tripwire = &tripwire_;
      return;
    }
    PyErr_Print();
    ::_exit(1);
  }

  Reply enter() {
    const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    worker_.zygote_pidfd = static_cast<int>(::syscall(__NR_pidfd_open, ::getpid(), 0));
    RootPlan root = setup_.root;
    if (setup_.full) furnish(root);
    JailReport report = enter_jail(root);
    tie_to_supervisor();  // changing user cleared it
    if (const Failure failure = probe_filter()) {
      report.failures.push_back(failure);
    } else {
      report.layers |= bit(Layer::Seccomp);
    }
    if (const Failure failure = probe_pid_namespace()) {
      report.failures.push_back(failure);
    } else {
      report.layers |= bit(Layer::Pid);
    }
    report.layers |= bit(Layer::Capabilities) | bit(Layer::NoNewPrivileges) | bit(Layer::Limits);
    worker_.region = &region_;
    worker_.hooks = &setup_.hooks;
    worker_.policies = &policies_;
    worker_.filters = &filters_;
    for (const Policy& policy : policies_) machines_.push_back(plan_machine(policy.scratch_bytes));
    worker_.machines = &machines_;
    worker_.layers = report.layers;
    // From here on whatever is printed goes nowhere; until here it was kept to explain a failed start.
    if (null < 0 || ::dup2(null, STDERR_FILENO) < 0) report.failures.push_back({Step::OpenNull, errno});
    if (null > STDERR_FILENO) ::close(null);
    return reply_of(report);
  }

  static Reply reply_of(const JailReport& report) {
    Reply reply;
    reply.layers = report.layers;
    reply.num_failures = static_cast<std::uint32_t>(std::min(report.failures.size(), kMaxFailures));
    std::copy_n(report.failures.begin(), reply.num_failures, reply.failures);
    return reply;
  }

  static pid_t clone_process(unsigned long flags, int* pidfd) {
    return static_cast<pid_t>(::syscall(__NR_clone, flags, nullptr, pidfd, nullptr, nullptr));
  }

  static Failure probe_pid_namespace() {
    const pid_t pid = clone_process(CLONE_NEWPID | SIGCHLD, nullptr);
    if (pid == 0) ::_exit(0);
    if (pid < 0) return {Step::PidNamespace, errno};
    ::waitpid(pid, nullptr, 0);
    return {};
  }

  bool fork_worker() {
    if (worker_pid_ > 0) wait_for_worker();
    const bool alone = (worker_.layers & bit(Layer::Pid)) != 0;
    int pidfd = -1;
    PyOS_BeforeFork();
    // The system call itself, not fork(): only it takes the namespace flag, and this process has one thread.
    const pid_t pid = clone_process((alone ? CLONE_NEWPID : 0ul) | CLONE_PIDFD | SIGCHLD, &pidfd);
    const int error = errno;
    if (pid == 0) work(worker_);
    PyOS_AfterFork_Parent();
    Reply reply;
    reply.pid = pid;
    if (pid < 0) {
      reply.num_failures = 1;
      reply.failures[0] = {Step::Fork, error};
    }
    worker_pid_ = pid;
    const Fd owned(pidfd);
    return send_reply(kChannelFd, reply, owned.get());
  }

  int wait_for_worker() {
    int status = 0;
    while (::waitpid(worker_pid_, &status, 0) < 0 && errno == EINTR) {
    }
    worker_pid_ = 0;
    return status;
  }

  bool reap_worker() {
    Reply reply;
    reply.pid = worker_pid_;
    if (worker_pid_ > 0) reply.wait_status = wait_for_worker();
    return send_reply(kChannelFd, reply);
  }

  const ZygoteSetup& setup_;
  std::vector<Policy> policies_;
  std::vector<std::vector<sock_filter>> filters_;
  std::vector<MachinePlan> machines_;
  Region region_;
  WorkerSetup worker_;
  Tameness tameness_;
  Tripwire tripwire_;
  pid_t worker_pid_ = 0;
};

}  // namespace

void serve(const ZygoteSetup& setup) { Zygote(setup).run(); }

}  // namespace ucoder::jail
