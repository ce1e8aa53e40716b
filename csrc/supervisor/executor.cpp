#include "ucoder/executor.h"

#include <unistd.h>

#include <algorithm>
#include <thread>

#include "base/policy_pack.h"
#include "supervisor/locate.h"
#include "supervisor/pool.h"
#include "supervisor/task_run.h"
#include "ucoder/probe.h"

namespace ucoder {
namespace {

ZygoteOptions zygote_options(const ExecutorOptions& options) {
  return {.python = options.python,
          .package_dir = options.package_dir.empty() ? locate_package(options.python) : options.package_dir,
          .preload = options.preload,
          .preload_on_demand = options.preload_on_demand,
          .policies = pack_policies(options.policies)};
}

std::uint32_t lanes_of(const ExecutorOptions& options) {
  return options.workers != 0 ? options.workers : std::max(1u, std::thread::hardware_concurrency());
}

std::string missing_layers(LayerSet layers, const std::vector<Failure>& failures) {
  std::string text;
  for (const std::string& name : names_of(kAllLayers & ~layers)) text += (text.empty() ? "" : ", ") + name;
  for (const Failure& failure : failures) text += "; " + describe(failure);
  return text;
}

}  // namespace

struct Executor::Impl {
  explicit Impl(ExecutorOptions given)
      : options(std::move(given)), owner(::getpid()), pool(zygote_options(options), lanes_of(options)) {}

  void check_layers() const {
    if (options.allow_weaker || pool.layers() == kAllLayers) return;
    throw SandboxUnavailable(
        "isolation would be weaker than promised; missing: " + missing_layers(pool.layers(), pool.failures()) +
        ". Run `ucoder doctor`, or pass allow_weaker (--allow-weaker) to go on all the same");
  }

  // One empty candidate, so that a sandbox that cannot be entered is known before any work is lost to it.
  void check_worker() {
    Job job;
    job.kind = JobKind::Run;
    job.programs = {std::string_view("pass")};
    const JobResult result = pool.run({job}, Isolation::Candidate, true, {})[0];
    if (result.programs[0].load_cause == Outcome::NotRun) return;
    throw SandboxUnavailable(
        "an empty program could not be run in the sandbox: " + std::string(name_of(result.programs[0].load_cause)) +
        " " + result.programs[0].load_detail);
  }

  ExecutorOptions options;
  pid_t owner;
  Pool pool;
};

Executor::Executor(ExecutorOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {
  impl_->check_layers();
  impl_->check_worker();
}

Executor::~Executor() {
  // In a child of a fork the lanes' threads do not exist: nothing there may be waited for.
  if (impl_ && impl_->owner != ::getpid()) [[maybe_unused]]
    const Impl* const left_alone = impl_.release();
}

ExecutionMatrix Executor::judge(const Task& task, const std::function<bool()>& should_stop) {
  if (impl_->owner != ::getpid()) {
    throw ExecutorClosed("this executor belongs to another process: make one after the fork");
  }
  if (!task.limits) return TaskRun(impl_->pool, impl_->options, task, should_stop).run();
  ExecutorOptions options = impl_->options;
  options.limits = *task.limits;
  return TaskRun(impl_->pool, options, task, should_stop).run();
}

void Executor::close() {
  if (impl_->owner == ::getpid()) impl_->pool.close();
}

std::vector<std::string> Executor::layers() const { return names_of(impl_->pool.layers()); }

std::uint32_t Executor::num_workers() const { return lanes_of(impl_->options); }

std::vector<LayerStatus> probe(const ExecutorOptions& options) {
  std::vector<LayerStatus> statuses;
  const Pool pool(zygote_options(options), 1);
  std::string problems;
  for (const Failure& failure : pool.failures()) problems += (problems.empty() ? "" : "; ") + describe(failure);
  for (const LayerName& layer : kLayers) {
    const bool active = (pool.layers() & bit(layer.layer)) != 0;
    statuses.push_back({std::string(layer.name), active ? "" : (problems.empty() ? "not available" : problems)});
  }
  return statuses;
}

}  // namespace ucoder
