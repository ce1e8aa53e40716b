#include "supervisor/pool.h"

#include <chrono>
#include <csignal>
#include <string>
#include <system_error>
#include <utility>

#include <pthread.h>

namespace ucoder {
namespace {

constexpr auto kAskInterval = std::chrono::milliseconds(50);

// Lane threads take no signals: those are for the caller's own threads.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

class CallerCount {
 public:
  explicit CallerCount(std::atomic<std::size_t>& count) : count_(count) { ++count_; }
  ~CallerCount() { --count_; }
  CallerCount(const CallerCount&) = delete;
  CallerCount& operator=(const CallerCount&) = delete;

 private:
  std::atomic<std::size_t>& count_;
};

}  // namespace

Pool::Pool(const ZygoteOptions& options, std::uint32_t num_lanes) : options_(options) {
  lanes_.resize(num_lanes);
  {
    const SignalsBlocked blocked;
    threads_.reserve(num_lanes);
    try {
      for (std::uint32_t i = 0; i < num_lanes; ++i) threads_.emplace_back([this, i] { serve(i); });
    } catch (const std::system_error& problem) {
      close();
      throw SandboxUnavailable("could not start a thread for each worker: " + std::string(problem.what()));
    }
  }
  std::unique_lock lock(mutex_);
  started_.wait(lock, [&] { return num_started_ == num_lanes; });
  const std::exception_ptr problem = start_problem_;
  lock.unlock();
  if (problem) {
    close();
    std::rethrow_exception(problem);
  }
}

Pool::~Pool() { close(); }

void Pool::close() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
    for (const Item& item : queue_) item.batch->cancelled = true;
    wake_.notify_all();
    for (const auto& lane : lanes_) {
      if (lane) lane->nudge();
    }
  }
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void Pool::serve(std::size_t index) {
  std::unique_ptr<Lane> lane;
  std::exception_ptr problem;
  try {
    lane = std::make_unique<Lane>(options_);
  } catch (...) {
    problem = std::current_exception();
  }
  std::unique_lock lock(mutex_);
  if (problem) {
    start_problem_ = problem;
  } else {
    layers_ &= lane->layers();
    failures_ = lane->failures();
    lanes_[index] = std::move(lane);
  }
  ++num_started_;
  started_.notify_all();
  while (!problem) {
    if (queue_.empty()) {
      ++num_idle_lanes_;
      wake_.wait(lock, [&] { return closing_ || !queue_.empty(); });
      --num_idle_lanes_;
    }
    if (queue_.empty()) break;  // closing, and everything queued has been answered for
    const Item item = queue_.front();
    queue_.pop_front();
    if (closing_) item.batch->cancelled = true;
    lock.unlock();
    work_off(*lanes_[index], item);
    lock.lock();
    if (--item.batch->num_pending == 0) item.batch->done.notify_all();
  }
  // The zygote dies on the thread that made it.
  const std::unique_ptr<Lane> last = std::move(lanes_[index]);
  lock.unlock();
}

void Pool::work_off(Lane& lane, const Item& item) {
  try {
    if (item.batch->cancelled) {
      item.result->cancelled = true;
    } else {
      *item.result = run_job(lane, *item.job, item.isolation, item.batch->cancelled);
    }
  } catch (...) {
    keep_problem(*item.batch);
    item.batch->cancelled = true;
  }
}

// Called while an exception is handled. One is enough: what follows the first is mostly its consequence.
void Pool::keep_problem(Batch& batch) {
  const std::lock_guard lock(mutex_);
  if (!batch.problem) batch.problem = std::current_exception();
}

// The caller's question may throw; what is queued points at the stack of `run`, so it is answered for first.
bool Pool::asks_to_stop(const std::function<bool()>& should_stop, Batch& batch) {
  try {
    return should_stop();
  } catch (...) {
    keep_problem(batch);
    return true;
  }
}

void Pool::enqueue(std::vector<Item> items, bool urgent) {
  if (urgent) {
    queue_.insert(queue_.begin(), items.begin(), items.end());
  } else {
    queue_.insert(queue_.end(), items.begin(), items.end());
  }
  wake_.notify_all();
}

void Pool::cancel(Batch& batch) {
  batch.cancelled = true;
  // What nobody has begun need not wait for other callers' work.
  std::erase_if(queue_, [&](const Item& item) {
    if (item.batch != &batch) return false;
    item.result->cancelled = true;
    --batch.num_pending;
    return true;
  });
  if (batch.num_pending == 0) batch.done.notify_all();
  for (const auto& lane : lanes_) {
    if (lane) lane->nudge();
  }
}

std::vector<JobResult> Pool::run(const std::vector<Job>& jobs, Isolation isolation, bool urgent,
                                 const std::function<bool()>& should_stop) {
  std::vector<JobResult> results(jobs.size());
  Batch batch;
  std::vector<Item> items;
  for (std::size_t i = 0; i < jobs.size(); ++i) items.push_back({&jobs[i], isolation, &batch, &results[i]});
  batch.num_pending = items.size();
  bool interrupted = false;
  std::unique_lock lock(mutex_);
  if (closing_) throw ExecutorClosed("the executor is closed");
  const CallerCount counted(num_callers_);
  enqueue(std::move(items), urgent);
  while (!batch.done.wait_for(lock, kAskInterval, [&] { return batch.num_pending == 0; })) {
    if (closing_) cancel(batch);
    if (interrupted || !should_stop) continue;
    lock.unlock();
    const bool stop = asks_to_stop(should_stop, batch);
    lock.lock();
    if (stop) {
      interrupted = true;
      cancel(batch);
    }
  }
  if (batch.problem) std::rethrow_exception(batch.problem);
  if (closing_) throw ExecutorClosed("the executor was closed");
  if (interrupted) throw Interrupted("interrupted");
  return results;
}

}  // namespace ucoder
