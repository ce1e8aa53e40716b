// From answers to verdicts: where PASS and WRONG are made.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "supervisor/answers.h"
#include "supervisor/plan.h"
#include "supervisor/runner.h"

namespace ucoder {

// A judgement that needs an interpreter: one expression over the answers of one candidate.
struct RestKey {
  std::uint32_t test;
  std::uint32_t part;
  std::vector<std::uint32_t> answers;
  auto operator<=>(const RestKey&) const = default;
};

struct RestVerdict {
  bool known = false;
  bool holds = false;
  bool infra = false;
  std::string why;
};

struct CellVerdict {
  Outcome outcome = Outcome::NotRun;
  std::string detail;
};

// Judges the tests of one task, over answers that `Answers` holds. Verdicts over equal answers are made once.
class Judge {
 public:
  Judge(const TaskPlan& plan, const Answers& answers) : plan_(plan), answers_(answers) {}

  // Notes which rests a candidate's answers need. To be called for every distinct candidate, before `rests`.
  void gather(const ProgramResult& program);
  // The rests that were gathered, by test: what a judging worker has to be asked.
  const std::vector<RestKey>& rests() const { return rests_; }
  std::string rest_payload(const RestKey& key) const;
  void settle(std::size_t rest, const CellResult& answer);

  CellVerdict verdict(const ProgramResult& program, std::size_t test);

 private:
  CellVerdict part_verdict(const ProgramResult& program, std::uint32_t test, std::uint32_t part);
  RestKey key_of(const ProgramResult& program, std::uint32_t test, std::uint32_t part) const;

  struct KeyHash {
    std::size_t operator()(const RestKey& key) const;
  };

  const TaskPlan& plan_;
  const Answers& answers_;
  std::vector<RestKey> rests_;
  std::vector<RestVerdict> settled_;
  std::unordered_map<RestKey, std::size_t, KeyHash> rest_index_;
  std::unordered_map<std::uint64_t, bool> memo_;
};

}  // namespace ucoder
