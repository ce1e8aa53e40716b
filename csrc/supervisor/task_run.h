// One task from tests and candidates to its matrix: prepare, run, judge, assemble.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "supervisor/answers.h"
#include "supervisor/patience.h"
#include "supervisor/plan.h"
#include "supervisor/pool.h"
#include "supervisor/verdict.h"
#include "ucoder/executor.h"

namespace ucoder {

class TaskRun {
 public:
  TaskRun(Pool& pool, const ExecutorOptions& options, const Task& task, std::function<bool()> should_stop);

  ExecutionMatrix run();

 private:
  void find_twins();
  void prepare_tests();
  // What is known of a test that is source text: its encoded plan, or why there is none.
  struct Reading {
    CellResult answer;
    bool evaluated = false;  // in a worker of its own
  };
  void read_in_jail(const std::vector<std::size_t>& tests, std::vector<Reading>& readings);
  void evaluate_alone(const std::vector<std::size_t>& tests, std::vector<Reading>& readings);
  void take_reading(const Test& test, const Reading& reading, TestPlan& out);
  void run_candidates();
  Job candidate_job();
  bool fits_together() const;
  bool may_share() const;
  void run_together(const std::vector<std::size_t>& programs);
  void run_apart(const std::vector<std::size_t>& programs);
  std::vector<std::size_t> run_programs(const std::vector<std::vector<std::size_t>>& groups, bool only_tame);
  void count(const JobResult& result);
  Isolation isolation_of_jobs() const;
  const std::string& text_of(std::size_t program) const { return task_.candidates[distinct_[program]]; }
  // The hang policy, see ucoder/patience.h. On its first run a program is stopped on two tests before the rest of it is
  // put off: the second shows whether it hangs in one place or in many, and most that hang do so in many.
  static constexpr std::uint32_t kMostPutOffs = 2;
  // Loading is stopped first at this part of its limit: what imports much takes long there, too.
  static constexpr std::uint32_t kLoadShare = 4;
  bool may_put_off() const;
  void wait_where_it_matters(Job job);
  std::vector<Standing> standings();
  void give_up(ProgramResult& program, std::uint32_t stopped_at_ms) const;
  void give_up_loading(ProgramResult& program) const;
  void judge_rests();
  // Rests for one judging worker.
  struct RestJob {
    std::vector<std::size_t> rests;
    std::vector<std::string> payloads;
  };
  void add_rest_jobs(const std::vector<std::size_t>& rests, std::vector<RestJob>& jobs) const;
  void judge_in(const std::vector<RestJob>& pieces, Isolation isolation);
  std::size_t expected_bytes() const;
  std::size_t answer_budget() const;
  bool names_on_demand(std::string_view text) const;
  void assemble();
  void note_sharing();
  void fill_row(std::size_t candidate, const ProgramResult& program);
  const Digest& behaviour_of(std::uint32_t answer);
  std::int32_t value_of(const ProgramResult& program, std::size_t test);
  std::int32_t detail_of(const std::string& text);
  std::optional<std::uint32_t> answer_of(const ProgramResult& program, std::size_t test);

  Job clean_job(JobKind kind) const;
  std::vector<JobResult> run_clean_jobs(const std::vector<Job>& jobs);
  std::vector<JobResult> run_jobs(const std::vector<Job>& jobs, Isolation isolation, bool urgent);

  Pool& pool_;
  const ExecutorOptions& options_;
  const Task& task_;
  std::function<bool()> should_stop_;
  std::uint32_t policy_ = 0;
  bool script_ = false;

  TaskPlan plan_;
  Answers answers_;
  Judge judge_;
  ExecutionMatrix matrix_;
  std::vector<std::size_t> distinct_;    // candidates whose text is new
  std::vector<std::size_t> program_of_;  // a candidate: its place in `programs_`
  std::vector<ProgramResult> programs_;  // in order of `distinct_`
  std::unordered_map<std::string, std::int32_t, value::TextHash> detail_index_;
  std::vector<std::optional<Digest>> behaviours_;  // by answer, as far as they were asked for
  std::vector<std::int32_t> value_of_answer_;      // its number in the matrix; -1: not known yet
  std::map<Digest, std::int32_t> digest_index_;
};

}  // namespace ucoder
