// What the executor is asked and what it answers: plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ucoder/limits.h"
#include "ucoder/outcome.h"
#include "ucoder/value.h"

namespace ucoder {

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
  Caseless,    // as Numeric, letters of ASCII in either case
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

}  // namespace ucoder
