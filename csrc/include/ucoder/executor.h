// The executor: candidates and tests in, one outcome a cell out.
//
// An Executor owns one lane per worker (a thread and a zygote, see csrc/README.md). `judge` may be called from any
// number of threads at once; the lanes are shared. Linux only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "ucoder/limits.h"
#include "ucoder/outcome.h"
#include "ucoder/patience.h"
#include "ucoder/policy.h"
#include "ucoder/value.h"

namespace ucoder {

// What candidates share. See the design's table of levels.
enum class Isolation : std::uint8_t {
  Candidate = 0,  // a process per candidate
  Test,           // a process per cell: the reference for programs with state
  Batch,          // a process for the candidates of a task: for trusted programs
  Auto,           // as Batch for programs whose code shows that they leave no trace, as Candidate for the rest
};

enum class TestKind : std::uint8_t {
  None = 0,
  Assertion,    // text: one or more assert statements
  Check,        // text: a check(candidate) function and what stands around it
  Unittest,     // text: a module with classes of unittest.TestCase; holds when each of its methods does
  Call,         // text: a call, expected: an expression
  Module,       // text: a module; holds when it was executed to its end, or when the methods of its classes hold
  EncodedCall,  // text: an encoded (target, args, kwargs, {}), expected: an encoded value
  Stdio,        // text: standard input, expected: standard output
};

enum class Comparison : std::uint8_t {
  None = 0,
  Exact,       // byte for byte
  Whitespace,  // the same words
  Numeric,     // the same words, numbers within the tolerance
  Lines,       // the same lines, white space at their ends aside; lines of numbers only as by Numeric
};

struct Test {
  TestKind kind = TestKind::None;
  std::string text;
  std::string expected;
  Tolerance tolerance;
  Comparison comparison = Comparison::None;
};

// A test that calls `target` with values and expects one, all of them encoded.
Test encoded_call(const std::string& target, const std::vector<std::string>& args,
                  const std::vector<std::pair<std::string, std::string>>& kwargs, std::string expected,
                  Tolerance tolerance = {});

struct Task {
  std::string id;
  std::string entry_point;       // "f", or "Solution().f"
  std::string preamble;          // the prompt: imports and helpers that tests may use
  std::string profile = "pure";  // a policy's name
  std::vector<Test> tests;
  std::vector<std::string> candidates;
  std::optional<Limits> limits;  // instead of the executor's
  bool keep_output = false;      // scripts: keep what a cell had written when it failed, see ExecutionMatrix::outputs
};

// How a test ended up being run.
enum class TestForm : std::uint8_t {
  Void = 0,  // no candidate could pass or fail it on its merits: its cells are NOT_RUN
  Split,     // calls, and a judgement made outside
  Stdio,
  Beside,  // beside the candidate: not to be trusted
};

// Row-major arrays of num_candidates rows and num_tests columns where nothing else is said.
struct ExecutionMatrix {
  std::size_t num_candidates = 0;
  std::size_t num_tests = 0;
  std::vector<Outcome> outcomes;
  std::vector<std::int32_t> values;    // index into value_bytes, -1 for none
  std::vector<std::int32_t> details;   // index into detail_texts, -1 for none: exception, signal or type names
  std::vector<std::uint32_t> cpu_us;   // measured by the worker: advisory
  std::vector<std::uint8_t> at_limit;  // CPU time within the band around the limit, twice

  std::vector<Outcome> load_causes;      // a candidate: what its loading ended with, NotRun when it loaded
  std::vector<std::uint8_t> shared;      // a candidate: it was run in a process with others
  std::vector<std::int32_t> why_alone;   // a candidate at level Auto that was not: index into detail_texts, else -1
  std::vector<std::int32_t> first_twin;  // a candidate: the first with the same text, white space at its end aside
  std::vector<TestForm> test_forms;      // a test
  std::vector<std::string> test_notes;   // a test: why it is void or could not be split

  // A cell of a task with keep_output: what the script had written when it was ended. Empty for cells with a value.
  std::vector<std::string> outputs;

  std::vector<std::string> value_bytes;  // encoded, in order of first appearance; equal by same_behaviour
  std::vector<Digest> value_digests;
  std::vector<std::string> detail_texts;

  std::uint64_t num_workers = 0;        // processes started for candidates
  std::uint64_t num_runs = 0;           // cells really run
  std::uint64_t num_shared_inputs = 0;  // calls that an earlier test of the task asks for, too
  std::uint64_t num_rests = 0;          // judgements made by a judging worker
  std::uint64_t num_requeued = 0;       // cells run again after a fault of ours or within the band
  std::uint64_t num_put_off = 0;        // programs stopped by the first, short limit
  std::uint64_t num_shared = 0;         // distinct programs that shared a process at level Auto
  std::uint64_t num_moved = 0;          // programs that were run again on their own: they had changed something
  std::uint64_t num_waited = 0;         // of those, the ones run again under the whole limit
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
