// Judges two candidates of one task through a Python that has the package:  embed PYTHON
#include <ucoder/cluster.h>
#include <ucoder/executor.h>
#include <ucoder/signature.h>

#include <array>
#include <iostream>

constexpr int kNoSandbox = 77;

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: embed PYTHON\n";
    return 2;
  }
  ucoder::ExecutorOptions options;
  options.python = argv[1];
  options.workers = 1;

  ucoder::Task task;
  task.id = "add";
  task.entry_point = "add";
  task.candidates = {"def add(a, b):\n    return a + b\n", "def add(a, b):\n    return a - b\n"};
  for (const char* text : {"assert add(1, 2) == 3", "assert add(5, 0) == 5"}) {
    task.tests.push_back({.kind = ucoder::TestKind::Assertion, .text = text});
  }

  try {
    ucoder::Executor executor(options);
    const auto result = executor.judge(task);
    const auto matrix =
        ucoder::SignatureMatrix::from_outcomes(result.outcomes, result.num_candidates, result.num_tests);
    const std::array<std::size_t, 2> one_task = {0, matrix.num_rows()};
    const auto clusters = ucoder::cluster_rows(matrix.pass_words(), matrix.num_words(), one_task);
    for (std::size_t candidate = 0; candidate < result.num_candidates; ++candidate) {
      for (std::size_t test = 0; test < result.num_tests; ++test) {
        std::cout << ucoder::name_of(result.outcomes[candidate * result.num_tests + test]) << ' ';
      }
      std::cout << clusters.labels[candidate] << '\n';
    }
  } catch (const ucoder::SandboxUnavailable& error) {
    std::cerr << error.what() << '\n';
    return kNoSandbox;
  }
}
