// The executor: candidates and tests in, one outcome a cell out.
//
// An Executor owns one lane per worker (a thread and a zygote, see csrc/README.md). `judge` may be called from any
// number of threads at once; the lanes are shared. Linux only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "ucoder/limits.h"
#include "ucoder/patience.h"
#include "ucoder/policy.h"
#include "ucoder/task.h"
#include "ucoder/value.h"

namespace ucoder {

// What candidates share.
enum class Isolation : std::uint8_t {
  Candidate = 0,  // a process per candidate
  Test,           // a process per cell: the reference for programs with state
  Batch,          // a process for the candidates of a task: for trusted programs
  Auto,           // as Batch for programs whose code shows that they leave no trace, as Candidate for the rest
};

struct ExecutorOptions {
  std::string python;         // the interpreter; needs the ucoder package
  std::string package_dir;    // the package's folder; empty: asked of the interpreter
  std::uint32_t workers = 0;  // lanes; 0: one per core
  Isolation isolation = Isolation::Candidate;
  bool allow_weaker = false;         // go on where a layer of isolation is missing
  std::vector<std::string> preload;  // modules that zygotes import before they fork
  // Modules that take long to import: a program whose text names one is forked from a second zygote, which is started
  // when it is first needed and has them. Their import is then not charged to the program.
  std::vector<std::string> preload_on_demand = {"numpy"};
  Limits limits;
  Patience patience;
  DigestKey digest_key{};
  std::vector<Policy> policies = {pure_policy(), script_policy(), full_policy()};
};

// A layer of isolation is missing or a zygote does not start. The message says which and what to do.
struct SandboxUnavailable : std::runtime_error {
  using std::runtime_error::runtime_error;
};
// The executor was closed, or belongs to another process (it does not survive a fork of the caller).
struct ExecutorClosed : std::runtime_error {
  using std::runtime_error::runtime_error;
};
// `should_stop` answered true.
struct Interrupted : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Executor {
 public:
  // Starts the zygotes. Throws SandboxUnavailable.
  explicit Executor(ExecutorOptions options);
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // Blocks until every cell is decided. `should_stop` is asked now and then from the calling thread; when it answers
  // true, what runs for this task is ended and Interrupted is thrown. Throws ExecutorClosed; std::invalid_argument for
  // a task that makes no sense (an unknown profile, a payload larger than a lane); SandboxUnavailable for a task that
  // wants a machine where a layer that makes it safe is missing.
  ExecutionMatrix judge(const Task& task, const std::function<bool()>& should_stop = {});

  // Ends every process. `judge` in other threads throws ExecutorClosed. Idempotent.
  void close();

  std::vector<std::string> layers() const;  // active, by name
  std::uint32_t num_workers() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ucoder
