// Tests as the executor runs them: cells (what is asked of a candidate) and judgements (what is made of the answers).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/job.h"
#include "ucoder/task.h"
#include "value/text_hash.h"

namespace ucoder {

struct Judgement {
  enum class Kind : std::uint8_t { None = 0, Equal, Identical, Truthy, Falsy, Rest, Output, Raised };
  // Numbers over which the test's own arithmetic raises.
  enum class Refuses : std::uint8_t { Nothing = 0, Decimal, UnequalDecimal, Complex };
  Kind kind = Kind::None;
  std::string expected;  // Equal, Identical: an encoded value; Rest: the expression; Output: the expected text
  Tolerance tolerance;
  Comparison comparison = Comparison::None;
  bool tame = false;  // Rest: may share a judging worker with other values
  Refuses refuses = Refuses::Nothing;
};

// One judgement over the answers of some cells. A test passes when all of its parts hold.
struct Part {
  std::vector<std::uint32_t> cells;
  Judgement judgement;
  bool is_rest() const { return judgement.kind == Judgement::Kind::Rest; }
};

struct TestPlan {
  TestForm form = TestForm::Void;
  std::string note;
  std::vector<Part> parts;
};

struct PlannedCell {
  CellKind kind = CellKind::None;
  std::string payload;
};

class TaskPlan {
 public:
  // The cell with this payload: an input that several tests share is one cell. `again` counts those before it that have
  // the same payload in the same part.
  std::uint32_t cell_for(CellKind kind, std::string payload, std::uint32_t again = 0);

  std::vector<TestPlan> tests;
  std::vector<PlannedCell> cells;
  std::uint64_t num_shared = 0;

 private:
  std::unordered_map<std::string, std::uint32_t, value::TextHash> index_;
};

// Whether the test is source text, which has to be read before it can be planned.
bool needs_reading(const Test& test);

// Plans the other kinds. False for one that needs reading.
bool plan_directly(const Test& test, TaskPlan& plan, TestPlan& out);

// The payload of a Prepare cell for a test that is source text.
std::string prepare_payload(const Test& test);

// Whether what the jail made of a test is the wish to see it executed.
bool needs_evaluation(std::string_view encoded);

// Reads what the jail made of a test: an encoded tuple as in jail/hooks.py. What makes no sense becomes a void test
// with that note: the text, which a model wrote, may have got the better of its worker. A plan that calls anything but
// the entry point is none: such a test is run beside its program. False for the wish to see it executed.
bool read_plan(const Test& test, std::string_view encoded, std::string_view entry_point, TaskPlan& plan, TestPlan& out);

// The plan for a test that cannot be split.
void plan_beside(const Test& test, std::string note, TaskPlan& plan, TestPlan& out);

}  // namespace ucoder
