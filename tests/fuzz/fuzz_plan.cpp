// Plans and verdicts over bytes that came from a worker: what a preparing worker says of a test, what a candidate's
// cells hold, and what a judging worker answers. Also the assertion texts that are read in the caller.
#include <fuzzer/FuzzedDataProvider.h>

#include <string>
#include <vector>

#include "property.h"
#include "supervisor/answers.h"
#include "supervisor/ending.h"
#include "supervisor/plan.h"
#include "supervisor/usual.h"
#include "supervisor/verdict.h"

namespace ucoder {
namespace {

CellResult answer(FuzzedDataProvider& input) {
  SlotCopy slot;
  slot.report = static_cast<Report>(input.ConsumeIntegralInRange<int>(0, static_cast<int>(kLastReport)));
  slot.bytes = input.ConsumeRandomLengthString(256);
  CellResult result = interpret_slot(std::move(slot), {});
  must_hold(!result.answered || validate(result.bytes, {}) == nullptr, "an answer is a valid value");
  return result;
}

void check_verdicts(const TaskPlan& plan, FuzzedDataProvider& input) {
  ProgramResult program;
  for (std::size_t i = 0; i < plan.cells.size(); ++i) program.cells.push_back(answer(input));
  std::vector<ProgramResult> programs{std::move(program)};
  Answers answers;
  answers.take(programs);
  program = std::move(programs[0]);
  Judge judge(plan, answers);
  judge.gather(program);
  for (std::size_t i = 0; i < judge.rests().size(); ++i) {
    judge.rest_payload(judge.rests()[i]);
    judge.settle(i, answer(input));
  }
  for (std::size_t test = 0; test < plan.tests.size(); ++test) {
    const CellVerdict verdict = judge.verdict(program, test);
    if (verdict.outcome != Outcome::Pass) continue;
    must_hold(plan.tests[test].form != TestForm::Void, "a void test is not passed");
    for (const Part& part : plan.tests[test].parts) {
      for (const std::uint32_t cell : part.cells) {
        must_hold(program.cells[cell].answered, "a test is passed with all of its answers");
      }
    }
  }
}

}  // namespace
}  // namespace ucoder

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  const ucoder::Test test{ucoder::TestKind::Assertion, input.ConsumeRandomLengthString(512), {}, {}, {}};
  ucoder::TaskPlan plan;
  const auto usual = ucoder::usual_plan(test.text, "f");
  for (const std::string& encoded : {usual.value_or(""), input.ConsumeRandomLengthString(1024)}) {
    ucoder::needs_evaluation(encoded);
    ucoder::TestPlan out;
    if (!ucoder::read_plan(test, encoded, "f", plan, out)) continue;
    ucoder::must_hold(out.form != ucoder::TestForm::Split || !out.parts.empty(), "a split test has parts");
    plan.tests.push_back(std::move(out));
  }
  if (usual) ucoder::must_hold(plan.tests.front().form == ucoder::TestForm::Split, "a usual assertion has a plan");
  ucoder::check_verdicts(plan, input);
  return 0;
}
