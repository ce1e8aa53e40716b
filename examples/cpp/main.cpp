// Judges programs against assertions, and says what became of each:
//
//     judge PYTHON ENTRY_POINT ASSERTIONS PROGRAM...
//
// PYTHON is an interpreter that has the ucoder package, ASSERTIONS a file with one assertion a line, a PROGRAM a file.
// The programs are untrusted: they run in the sandbox, and no assertion is ever in a process with them that could be
// kept out of it. Exit code 0: a program passed everything; 1: none did; 2: wrong use; 77: there is no sandbox here.
#include <ucoder/executor.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>

namespace {

constexpr int kNonePassed = 1;
constexpr int kWrongUse = 2;
constexpr int kNoSandbox = 77;

std::optional<std::string> read(const char* path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    std::cerr << "judge: cannot read " << path << '\n';
    return std::nullopt;
  }
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::optional<ucoder::Task> task_of(int argc, char** argv) {
  ucoder::Task task;
  task.id = argv[2];
  task.entry_point = argv[2];
  std::ifstream assertions(argv[3]);
  for (std::string line; std::getline(assertions, line);) {
    if (line.empty()) continue;
    ucoder::Test test;
    test.kind = ucoder::TestKind::Assertion;
    test.text = line;
    task.tests.push_back(test);
  }
  if (task.tests.empty()) {
    std::cerr << "judge: there are no assertions in " << argv[3] << '\n';
    return std::nullopt;
  }
  for (int i = 4; i < argc; ++i) {
    const auto program = read(argv[i]);
    if (!program) return std::nullopt;
    task.candidates.push_back(*program);
  }
  return task;
}

// One line for a program: its outcome on each assertion, with what is known about it, and whether it passed all.
bool report(const ucoder::ExecutionMatrix& matrix, std::size_t program, const char* name) {
  bool passed = true;
  std::cout << name << ':';
  for (std::size_t test = 0; test < matrix.num_tests; ++test) {
    if (matrix.test_forms[test] == ucoder::TestForm::Void) continue;  // nobody could pass or fail it
    const std::size_t cell = program * matrix.num_tests + test;
    const auto detail = matrix.details[cell];
    std::cout << ' ' << ucoder::name_of(matrix.outcomes[cell]);
    if (detail >= 0) std::cout << '(' << matrix.detail_texts[static_cast<std::size_t>(detail)] << ')';
    // A verdict that the program could have touched is none to rely on.
    if (matrix.test_forms[test] == ucoder::TestForm::Beside) std::cout << '?';
    passed = passed && matrix.outcomes[cell] == ucoder::Outcome::Pass;
  }
  std::cout << (passed ? " -> passed\n" : " -> failed\n");
  return passed;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::cerr << "usage: judge PYTHON ENTRY_POINT ASSERTIONS PROGRAM...\n";
    return kWrongUse;
  }
  const auto task = task_of(argc, argv);
  if (!task) return kWrongUse;
  ucoder::ExecutorOptions options;
  options.python = argv[1];
  options.workers = static_cast<std::uint32_t>(std::min<std::size_t>(task->candidates.size(), 4));
  options.limits.cpu_ms = 500;
  try {
    ucoder::Executor executor(options);
    const ucoder::ExecutionMatrix matrix = executor.judge(*task);
    bool any = false;
    for (std::size_t i = 0; i < matrix.num_candidates; ++i) any = report(matrix, i, argv[4 + i]) || any;
    return any ? 0 : kNonePassed;
  } catch (const ucoder::SandboxUnavailable& error) {
    std::cerr << "judge: " << error.what() << '\n';
    return kNoSandbox;
  }
}
