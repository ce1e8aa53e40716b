// Threads that share an executor, are interrupted, and have it closed under them:  ucoder_threads PYTHON
//
// For sanitizers: what is asked of it is that every verdict is the right one and that nothing is reported.
#include <ucoder/executor.h>

#include <atomic>
#include <chrono>
#include <iostream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

constexpr int kNumThreads = 4;
constexpr int kNumRounds = 6;
constexpr int kNumPrograms = 5;

ucoder::Task task_of(int thread, int round) {
  ucoder::Task task;
  task.id = std::to_string(thread) + "/" + std::to_string(round);
  task.entry_point = "f";
  for (int i = 0; i < kNumPrograms; ++i) {
    task.candidates.push_back("def f(x):\n    return x + " + std::to_string(i) + "  # " + task.id + "\n");
  }
  task.candidates.push_back("import os\ndef f(x):\n    os._exit(1)\n");
  for (int x = 0; x < 3; ++x) {
    const std::string expected = std::to_string(x + round % kNumPrograms);
    ucoder::Test test;
    test.kind = ucoder::TestKind::Assertion;
    test.text = "assert f(" + std::to_string(x) + ") == " + expected;
    task.tests.push_back(std::move(test));
  }
  return task;
}

bool is_right(const ucoder::ExecutionMatrix& matrix, int round) {
  for (std::size_t candidate = 0; candidate < matrix.num_candidates; ++candidate) {
    const bool right = candidate == static_cast<std::size_t>(round % kNumPrograms);
    for (std::size_t test = 0; test < matrix.num_tests; ++test) {
      const ucoder::Outcome outcome = matrix.outcomes[candidate * matrix.num_tests + test];
      if ((outcome == ucoder::Outcome::Pass) != right) return false;
    }
  }
  return true;
}

// The number of matrices that were not right.
int judge_together(ucoder::Executor& executor) {
  std::atomic<int> num_wrong{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kNumThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int round = 0; round < kNumRounds; ++round) {
        if (!is_right(executor.judge(task_of(thread, round)), round)) ++num_wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  return num_wrong;
}

ucoder::Task sleeping_task() {
  ucoder::Task task = task_of(0, 0);
  task.candidates = {"import time\ndef f(x):\n    time.sleep(100)\n", "import time\ndef f(x):\n    time.sleep(200)\n"};
  return task;
}

bool is_interrupted(ucoder::Executor& executor) {
  try {
    executor.judge(sleeping_task(), [] { return true; });
  } catch (const ucoder::Interrupted&) {
    return true;
  }
  return false;
}

bool is_closed_under(ucoder::Executor& executor) {
  std::atomic<int> num_closed{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kNumThreads; ++thread) {
    threads.emplace_back([&] {
      try {
        executor.judge(sleeping_task());
      } catch (const ucoder::ExecutorClosed&) {
        ++num_closed;
      }
    });
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  executor.close();
  for (std::thread& thread : threads) thread.join();
  return num_closed == kNumThreads;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: ucoder_threads PYTHON\n";
    return 2;
  }
  bool sound = true;
  for (const auto isolation : {ucoder::Isolation::Candidate, ucoder::Isolation::Auto}) {
    ucoder::ExecutorOptions options;
    options.python = argv[1];
    options.workers = 2;
    options.isolation = isolation;
    options.limits.wall_ms = 60'000;
    ucoder::Executor executor(options);
    const int num_wrong = judge_together(executor);
    const bool interrupted = is_interrupted(executor);
    const bool closed = is_closed_under(executor);
    std::cout << num_wrong << " wrong, interrupted " << interrupted << ", closed " << closed << '\n';
    sound = sound && num_wrong == 0 && interrupted && closed;
  }
  return sound ? 0 : 1;
}
