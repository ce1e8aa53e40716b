// One zygote as its lane thread sees it: started, asked, and ended.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/channel.h"
#include "base/fd.h"
#include "base/region.h"
#include "sandbox/layers.h"
#include "ucoder/executor.h"

namespace ucoder {

struct ZygoteOptions {
  std::string python;
  std::string package_dir;
  std::vector<std::string> preload;
  std::vector<std::string> preload_on_demand;  // not for the first zygote of a lane
  bool full = false;                           // for workers with machines of their own
  std::string policies;                        // packed
};

// A worker that was forked and not yet reaped: its pid cannot be taken by another process.
struct WorkerHandle {
  pid_t pid = 0;
  Fd pidfd;
};

class ZygoteProcess {
 public:
  // Starts the interpreter and waits until it is in its jail. Throws SandboxUnavailable with what it printed. To be
  // called on the thread that stays: the zygote dies with the thread that started it.
  ZygoteProcess(const ZygoteOptions& options, const Region& region, const Fd& output, const Fd& status);
  ~ZygoteProcess();
  ZygoteProcess(const ZygoteProcess&) = delete;
  ZygoteProcess& operator=(const ZygoteProcess&) = delete;

  LayerSet layers() const { return ready_.layers; }
  std::vector<Failure> failures() const;

  // Null when the zygote is gone; a handle with pid -1 and `error` set when the kernel refuses the fork.
  std::optional<WorkerHandle> fork_worker(std::uint32_t policy, int& error);
  // The wait status of the worker that was forked last. Null when the zygote is gone.
  std::optional<int> reap();
  std::uint64_t num_forks() const { return num_forks_; }

 private:
  void spawn(const ZygoteOptions& options, const Region& region, const Fd& output, const Fd& status);
  [[noreturn]] void explain_failed_start();

  pid_t pid_ = 0;
  Fd pidfd_;
  Fd channel_;
  Fd log_;
  Reply ready_;
  std::uint64_t num_forks_ = 0;
};

}  // namespace ucoder
