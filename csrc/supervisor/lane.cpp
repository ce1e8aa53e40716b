#include "supervisor/lane.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

#include "supervisor/oom.h"
#include "supervisor/process_tree.h"

namespace ucoder {
namespace {

constexpr std::size_t kRegionBytes = std::size_t{128} << 20;  // address space; pages come when they are written
constexpr std::size_t kPlain = 0;                             // which of a lane's zygotes
constexpr std::size_t kOnDemand = 1;
constexpr std::size_t kMachines = 2;
constexpr Nanos kForkPatience = 10 * kSecond;
// A worker that programs share hands nothing over before it has used so much CPU time: beside that a fork is nothing.
constexpr Nanos kLeastShare = 100 * kMilli;
// Between two looks at a worker that may have processes below it: what they take meanwhile is not noticed.
constexpr Nanos kTreePatience = 20 * kMilli;
// The limit on tasks is the kernel's to hold; it does not hold it for the machine's own root user.
constexpr std::uint32_t kMostProcesses = 256;
// Before a worker has used this much nothing it does to its own limits makes the kernel end it: they count whole
// seconds.
constexpr Nanos kBeforeAnyLimit = 900 * kMilli;
constexpr std::uint64_t kForksPerZygote = 200'000;  // then a fresh one: whatever a fork leaks stays bounded

int send_kill(const WorkerHandle& worker) {
  return static_cast<int>(::syscall(__NR_pidfd_send_signal, worker.pidfd.get(), SIGKILL, nullptr, 0));
}

void sleep_for(Nanos nanos) {
  const timespec time = to_timespec(nanos);
  ::nanosleep(&time, nullptr);
}

Decision judge_tree(const Job& job, const TreeUsage& usage) {
  if (usage.bytes > std::uint64_t{job.limits.memory_mb} << 20) return Decision::Memory;
  return usage.num_processes > kMostProcesses ? Decision::Processes : Decision::Go;
}

}  // namespace

Lane::Lane(ZygoteOptions options)
    : options_(std::move(options)),
      region_(Region::create(kRegionBytes)),
      output_(::memfd_create("ucoder-output", MFD_CLOEXEC)),
      nudge_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      oom_kills_(num_oom_kills()) {
  std::array<int, 2> pipe{-1, -1};
  if (::pipe2(pipe.data(), O_CLOEXEC | O_NONBLOCK) == 0) {
    status_reader_ = Fd(pipe[0]);
    status_writer_ = Fd(pipe[1]);
  }
  if (!output_.valid() || !nudge_.valid() || !status_reader_.valid()) {
    throw std::system_error(errno, std::generic_category(), "making a lane");
  }
  start_zygote();
}

// Makes the zygote that is asked for the current one, and starts it where it is not there or has done its share.
void Lane::choose_zygote(const Job& job) {
  current_ = job.full ? kMachines : job.on_demand ? kOnDemand : kPlain;
  start_zygote();
}

void Lane::start_zygote() {
  std::unique_ptr<ZygoteProcess>& zygote = zygotes_[current_];
  if (zygote && zygote->num_forks() < kForksPerZygote) return;
  zygote.reset();
  ZygoteOptions options = options_;
  options.full = current_ == kMachines;
  if (current_ != kPlain) {
    options.preload.insert(options.preload.end(), options.preload_on_demand.begin(), options.preload_on_demand.end());
  }
  zygote = std::make_unique<ZygoteProcess>(options, region_, output_, status_writer_);
  // What was promised at the start holds for every zygote that comes later: a module that starts a thread at import,
  // or a kernel that is out of something, must not cost a layer in silence.
  if (ready_ && (layers_ & ~zygote->layers()) != 0) {
    std::string why = "a later zygote has fewer layers of isolation than the first";
    for (const Failure& failure : zygote->failures()) why += "; " + describe(failure);
    zygote.reset();
    throw SandboxUnavailable(why);
  }
  if (ready_) return;
  ready_ = true;
  layers_ = zygote->layers();
  failures_ = zygote->failures();
}

void Lane::lose_zygote() { zygotes_[current_].reset(); }

void Lane::nudge() const {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(nudge_.get(), &one, sizeof one);
}

std::optional<WorkerHandle> Lane::fork_patiently(const Job& job, AttemptEnd& end) {
  const Nanos deadline = monotonic_now() + kForkPatience;
  for (Nanos pause = kMilli;; pause *= 2) {
    int error = 0;
    auto worker = zygotes_[current_]->fork_worker(job.policy, error);
    if (!worker) {
      end.fault = "the zygote is gone";
      return std::nullopt;
    }
    if (worker->pid > 0) return worker;
    if ((error != EAGAIN && error != ENOMEM && error != ENOSPC) || monotonic_now() + pause > deadline) {
      end.fault = describe({Step::Fork, error});
      return std::nullopt;
    }
    sleep_for(pause);
  }
}

AttemptEnd Lane::attempt(const Job& job, const Stretch& stretch, const std::atomic<bool>& cancelled) {
  AttemptEnd end;
  end.ending = Ending::Fault;
  try {
    choose_zygote(job);
  } catch (const SandboxUnavailable& problem) {
    lose_zygote();
    end.fault = problem.what();
    return end;
  }
  write_job(job, stretch);
  const auto worker = fork_patiently(job, end);
  if (!worker) {
    lose_zygote();
    return end;
  }
  return supervise(job, stretch, *worker, cancelled);
}

bool Lane::wait_for_exit(const WorkerHandle& worker, Nanos patience) const {
  std::array<pollfd, 2> entries = {pollfd{worker.pidfd.get(), POLLIN, 0}, pollfd{nudge_.get(), POLLIN, 0}};
  const timespec timeout = to_timespec(patience);
  if (::ppoll(entries.data(), entries.size(), &timeout, nullptr) <= 0) return false;
  if ((entries[1].revents & POLLIN) != 0) {
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t read = ::read(nudge_.get(), &count, sizeof count);
  }
  return entries[0].revents != 0;
}

AttemptEnd Lane::supervise(const Job& job, const Stretch& stretch, const WorkerHandle& worker,
                           const std::atomic<bool>& cancelled) {
  const std::uint64_t per_program = slots_of(job.cells.size());
  const std::uint32_t load_ms = job.first_load_ms > 0 ? job.first_load_ms : job.limits.load_cpu_ms;
  const CellBudget load{load_ms * kMilli, static_cast<Nanos>(job.limits.load_wall_ms()) * kMilli};
  const std::uint32_t cpu_ms = job.first_cpu_ms > 0 ? job.first_cpu_ms : job.limits.cpu_ms;
  const CellBudget cell{cpu_ms * kMilli, static_cast<Nanos>(job.limits.cell_wall_ms()) * kMilli};
  // Slot 0 of a program is its loading, its last slot the clearing up after it. Progress 0 is the set-up.
  Watch watch(
      [&](std::uint64_t progress) {
        const std::uint64_t place = progress == 0 ? 0 : (progress - 1) % per_program;
        return place == 0 || place + 1 == per_program ? load : cell;
      },
      (stretch.end_program - 1) * per_program + (job.only_tame ? per_program : 1ull + stretch.end_cell),
      monotonic_now());
  ProcessTree tree(worker.pid, std::uint64_t{job.limits.memory_mb} << 20);
  Decision decision = Decision::Go;
  bool stop = false;
  const bool may_ask = job.num_idle_lanes != nullptr && stretch.first_program + 1 < stretch.end_program;
  bool asked = false;
  while (!wait_for_exit(worker, job.full ? std::min(watch.patience(), kTreePatience) : watch.patience())) {
    stop = cancelled.load(std::memory_order_acquire);
    // Without an answer it has just ended: the descriptor says so next.
    const TreeUsage usage =
        job.full ? tree.look() : TreeUsage{cpu_time_of(worker.pid).value_or(0), 0, 1, run_delay_of(worker.pid)};
    const std::uint64_t progress = region_.header().progress.load(std::memory_order_acquire);
    // The worker's word is about its own clock, the watch's about its processes' together: their cell begins at a look.
    const Nanos began_cpu = job.full ? usage.cpu : region_.header().began_cpu.load(std::memory_order_relaxed);
    const auto naps = !job.full && watch.asks_naps() ? naps_of(worker.pid) : std::nullopt;
    decision = watch.look({progress, monotonic_now(), usage.cpu, usage.run_delay, began_cpu, naps});
    // A late look at processes that fill memory finds their time used up, too: what they hold was there before.
    const Decision of_tree = judge_tree(job, usage);
    if (of_tree != Decision::Go && decision != Decision::Tampered) decision = of_tree;
    if (decision == Decision::Go && !stop) {
      asked = asked || (may_ask && usage.cpu >= kLeastShare && job.num_idle_lanes->load(std::memory_order_relaxed) > 0);
      if (asked) region_.header().hand_over.store(1, std::memory_order_relaxed);
      continue;
    }
    send_kill(worker);
    // A killed process ends as soon as the kernel lets it; one that does not takes its zygote with it.
    for (int seconds = 0; seconds < 60 && !wait_for_exit(worker, kSecond); ++seconds) {
    }
    break;
  }
  AttemptEnd end;
  const std::uint64_t progress = region_.header().progress.load(std::memory_order_acquire);
  end.began = progress > 0;
  end.was_asked = asked;
  end.slot = progress > 0 ? progress - 1 : 0;
  // One that gave itself less CPU time than it was given has a way to have itself killed.
  const bool ended_early = region_.header().finish.load(std::memory_order_acquire) == 0;
  const bool by_us = stop || decision != Decision::Go;
  const bool kept_limit =
      ended_early && !by_us && !job.full && hard_cpu_limit_of(worker.pid) == backstop_seconds(job, stretch);
  return conclude(std::move(end), decision, stop, kept_limit ? cpu_time_of(worker.pid) : std::nullopt);
}

// Whether a worker that we did not kill was killed neither by the kernel for want of memory nor by its own doing. `cpu`
// is what it had used; nothing where it had ways to have itself killed (a machine of its own, a limit of its own).
bool Lane::killed_by_others(int wait_status, std::optional<Nanos> cpu) {
  if (!WIFSIGNALED(wait_status) || WTERMSIG(wait_status) != SIGKILL) return false;
  const auto before = std::exchange(oom_kills_, num_oom_kills());
  const bool memory = !oom_kills_ || oom_kills_ != before;
  // As the init of its namespace it cannot signal itself to death.
  return !memory && (layers_ & bit(Layer::Pid)) != 0 && cpu && *cpu < kBeforeAnyLimit;
}

// What the worker said of its set-up; null when it did not get so far.
std::optional<Failure> Lane::read_status() const {
  Failure failure;
  if (::read(status_reader_.get(), &failure, sizeof failure) != static_cast<ssize_t>(sizeof failure)) return {};
  return failure;
}

AttemptEnd Lane::conclude(AttemptEnd end, Decision decision, bool cancelled, std::optional<Nanos> cpu) {
  const Header& header = region_.header();
  const auto finish = static_cast<Finish>(header.finish.load(std::memory_order_acquire));
  if (decision == Decision::Go && !cancelled && finish == Finish::Done) {
    end.ending = Ending::Done;  // the zygote reaps it before its next fork
    return end;
  }
  if (decision == Decision::Go && !cancelled && finish == Finish::Retired) {
    end.ending = Ending::Retired;
    return end;
  }
  const auto set_up = read_status();
  const auto status = zygotes_[current_]->reap();
  if (!status) lose_zygote();
  if (cancelled) {
    end.ending = Ending::Cancelled;
  } else if (decision == Decision::CpuLimit) {
    end.ending = Ending::CpuLimit;
  } else if (decision == Decision::WallLimit) {
    end.ending = Ending::WallLimit;
  } else if (decision == Decision::Tampered) {
    end.ending = Ending::Tampered;
  } else if (decision == Decision::Memory) {
    end.ending = Ending::Memory;
  } else if (decision == Decision::Processes) {
    end.ending = Ending::Processes;
  } else if (finish == Finish::HeapFull) {
    end.ending = Ending::HeapFull;
  } else if (decision == Decision::Starved) {
    end.ending = Ending::Fault;
    end.fault = "the machine gave the worker no processor";
  } else if (!status) {
    end.ending = Ending::Fault;
    end.fault = "the zygote died under the worker";
  } else if (!set_up || *set_up) {
    end.ending = Ending::Fault;
    end.fault = set_up ? describe(*set_up) : "the worker ended before it was set up";
  } else if (killed_by_others(*status, cpu)) {
    end.ending = Ending::Fault;
    end.fault = "the worker was killed by another process";
  } else {
    end.ending = Ending::Died;
    end.wait_status = *status;
  }
  return end;
}

}  // namespace ucoder
