// The lanes' threads and the queue they take work from. Knows jobs, not tasks.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "supervisor/lane.h"
#include "supervisor/runner.h"

namespace ucoder {

// Jobs that one caller waits for together.
struct Batch {
  std::atomic<bool> cancelled{false};
  // Guarded by the pool's mutex.
  std::size_t num_pending = 0;
  std::exception_ptr problem;
  std::condition_variable done;
};

class Pool {
 public:
  // Starts the lanes and waits for all of them. Throws what the first failed one threw.
  Pool(const ZygoteOptions& options, std::uint32_t num_lanes);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // Runs `jobs` on any lanes and waits. `results` are in order. Urgent work goes before what is queued. Throws
  // Interrupted when `should_stop` said so, ExecutorClosed, or what a job threw.
  std::vector<JobResult> run(const std::vector<Job>& jobs, Isolation isolation, bool urgent,
                             const std::function<bool()>& should_stop);
  void close();
  std::size_t num_lanes() const { return lanes_.size(); }
  // How many callers wait for jobs of theirs right now.
  std::size_t num_callers() const { return num_callers_.load(std::memory_order_relaxed); }

  // How many lanes have nothing to do right now.
  const std::atomic<std::size_t>& num_idle_lanes() const { return num_idle_lanes_; }

  LayerSet layers() const { return layers_; }
  std::vector<Failure> failures() const { return failures_; }

 private:
  struct Item {
    const Job* job;
    Isolation isolation;
    Batch* batch;
    JobResult* result;
  };

  void serve(std::size_t index);
  void work_off(Lane& lane, const Item& item);
  void enqueue(std::vector<Item> items, bool urgent);
  void cancel(Batch& batch);
  void keep_problem(Batch& batch);
  bool asks_to_stop(const std::function<bool()>& should_stop, Batch& batch);

  const ZygoteOptions options_;
  std::vector<std::thread> threads_;
  std::vector<std::unique_ptr<Lane>> lanes_;

  std::mutex mutex_;
  std::condition_variable wake_;     // work or the end
  std::condition_variable started_;  // one more lane is up, or has failed
  std::deque<Item> queue_;
  std::size_t num_started_ = 0;
  std::atomic<std::size_t> num_callers_{0};
  std::atomic<std::size_t> num_idle_lanes_{0};
  std::exception_ptr start_problem_;
  bool closing_ = false;

  LayerSet layers_ = kAllLayers;
  std::vector<Failure> failures_;
};

}  // namespace ucoder
