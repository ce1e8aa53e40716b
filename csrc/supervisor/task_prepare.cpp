// TaskRun's first half: tests become cells and judgements.
#include <stdexcept>

#include "supervisor/task_run.h"
#include "supervisor/usual.h"

namespace ucoder {
namespace {

std::string void_note(const CellResult& result) {
  return "unreadable: " + std::string(name_of(result.outcome)) + (result.bytes.empty() ? "" : " " + result.bytes);
}

}  // namespace

// What is known of each test is gathered first and made into cells afterwards, in the order of the tests.
void TaskRun::prepare_tests() {
  plan_.tests.resize(task_.tests.size());
  std::vector<Reading> readings(task_.tests.size());
  std::vector<std::size_t> unread;
  for (std::size_t i = 0; i < task_.tests.size(); ++i) {
    const Test& test = task_.tests[i];
    if (script_ != (test.kind == TestKind::Stdio)) {
      plan_.tests[i].note = "wrong kind of test for the profile";
    } else if (test.text.size() + test.expected.size() > kLargestText) {
      plan_.tests[i].note = "too-large";
    } else if (needs_reading(test)) {
      auto usual = test.kind == TestKind::Assertion ? usual_plan(test.text, task_.entry_point) : std::nullopt;
      if (usual) {
        readings[i].answer.answered = true;
        readings[i].answer.bytes = std::move(*usual);
      } else {
        unread.push_back(i);
      }
    }
  }
  read_in_jail(unread, readings);
  for (std::size_t i = 0; i < task_.tests.size(); ++i) {
    TestPlan& out = plan_.tests[i];
    if (out.note.empty() && !plan_directly(task_.tests[i], plan_, out)) take_reading(task_.tests[i], readings[i], out);
  }
}

void TaskRun::read_in_jail(const std::vector<std::size_t>& tests, std::vector<Reading>& readings) {
  if (tests.empty()) return;
  Job job = clean_job(JobKind::Prepare);
  std::vector<std::string> payloads;
  for (const std::size_t i : tests) payloads.push_back(prepare_payload(task_.tests[i]));
  for (const std::string& payload : payloads) job.cells.push_back({CellKind::None, payload});
  job.mode = PrepareMode::Names;
  job.limits.max_timeouts = 0;  // each test is somebody's, and is read
  JobResult result = run_clean_jobs({job})[0];
  if (result.programs[0].load_cause != Outcome::NotRun) {
    // A preamble that hangs or crashes: most tests can be read without it.
    job.mode = PrepareMode::Text;
    result = run_clean_jobs({job})[0];
  }
  std::vector<std::size_t> alone;
  for (std::size_t k = 0; k < tests.size(); ++k) {
    CellResult& answer = result.programs[0].cells[k];
    if (answer.answered && needs_evaluation(answer.bytes)) alone.push_back(tests[k]);
    readings[tests[k]].answer = std::move(answer);
  }
  evaluate_alone(alone, readings);
}

// Tests of which parts have to be evaluated run text of theirs: each in a worker of its own.
void TaskRun::evaluate_alone(const std::vector<std::size_t>& tests, std::vector<Reading>& readings) {
  std::vector<std::string> payloads;
  for (const std::size_t i : tests) payloads.push_back(prepare_payload(task_.tests[i]));
  std::vector<Job> jobs;
  for (const std::string& payload : payloads) {
    Job job = clean_job(JobKind::Prepare);
    job.mode = PrepareMode::Evaluate;
    job.cells.push_back({CellKind::None, payload});
    jobs.push_back(std::move(job));
  }
  std::vector<JobResult> results = run_clean_jobs(jobs);
  for (std::size_t k = 0; k < tests.size(); ++k) {
    readings[tests[k]] = {std::move(results[k].programs[0].cells[0]), true};
  }
}

void TaskRun::take_reading(const Test& test, const Reading& reading, TestPlan& out) {
  const CellResult& answer = reading.answer;
  if (answer.outcome == Outcome::Infra) throw std::runtime_error("could not prepare a test: " + answer.bytes);
  if (reading.evaluated && answer.outcome == Outcome::BadValue) {
    plan_beside(test, "no encoding: " + answer.bytes, plan_, out);
  } else if (!answer.answered) {
    out.note = void_note(answer);
  } else if (!read_plan(test, answer.bytes, task_.entry_point, plan_, out)) {
    out.note = "unreadable plan";
  }
}

}  // namespace ucoder
