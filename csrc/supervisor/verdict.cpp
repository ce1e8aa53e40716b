#include "supervisor/verdict.h"

#include <string_view>

#include "supervisor/output.h"
#include "value/reader.h"
#include "value/writer.h"

namespace ucoder {
namespace {

using value::ValueReader;
using value::ValueWriter;

std::uint64_t mix(std::uint64_t seed, std::uint64_t number) {
  return (seed ^ number) * 0x9e3779b97f4a7c15ull + (seed >> 29);
}

// An array of several items is neither true nor false: asking raises in Python, and no assertion over it holds.
bool has_truth(std::string_view answer) {
  const auto array = ValueReader(answer).array();
  return !array || array->num_items == 1;
}

// Over such an answer the assertion raises, and so does not hold.
bool is_refused(const Judgement& judgement, std::string_view answer) {
  const value::Tag tag = ValueReader(answer).peek();
  switch (judgement.refuses) {
    case Judgement::Refuses::Decimal:
      return tag == value::Tag::Decimal;
    case Judgement::Refuses::UnequalDecimal:
      return tag == value::Tag::Decimal && !judged_equal(answer, judgement.expected);
    case Judgement::Refuses::Complex:
      return tag == value::Tag::Complex;
    default:
      return false;
  }
}

bool holds(const Judgement& judgement, std::string_view answer) {
  switch (judgement.kind) {
    case Judgement::Kind::Equal:
      return !is_refused(judgement, answer) && judged_equal(answer, judgement.expected, judgement.tolerance);
    case Judgement::Kind::Identical:
      return answer == judgement.expected;
    case Judgement::Kind::Truthy:
    case Judgement::Kind::Raised:
      return has_truth(answer) && is_truthy(answer);
    case Judgement::Kind::Falsy:
      return has_truth(answer) && !is_truthy(answer);
    case Judgement::Kind::Output:
      return output_matches(answer, judgement.expected, judgement.comparison, judgement.tolerance);
    default:
      return false;
  }
}

}  // namespace

std::size_t Judge::KeyHash::operator()(const RestKey& key) const {
  std::uint64_t hash = mix(key.test, key.part);
  for (const std::uint32_t answer : key.answers) hash = mix(hash, answer);
  return hash;
}

RestKey Judge::key_of(const ProgramResult& program, std::uint32_t test, std::uint32_t part) const {
  RestKey key{test, part, {}};
  for (const std::uint32_t cell : plan_.tests[test].parts[part].cells) {
    key.answers.push_back(program.cells[cell].answer);
  }
  return key;
}

void Judge::gather(const ProgramResult& program) {
  for (std::uint32_t test = 0; test < plan_.tests.size(); ++test) {
    for (std::uint32_t part = 0; part < plan_.tests[test].parts.size(); ++part) {
      const Part& entry = plan_.tests[test].parts[part];
      if (entry.judgement.kind != Judgement::Kind::Rest) continue;
      bool answered = true;
      for (const std::uint32_t cell : entry.cells) answered = answered && program.cells[cell].answered;
      if (!answered) continue;
      RestKey key = key_of(program, test, part);
      if (rest_index_.try_emplace(key, rests_.size()).second) rests_.push_back(std::move(key));
    }
  }
  settled_.resize(rests_.size());
}

std::string Judge::rest_payload(const RestKey& key) const {
  std::string payload;
  ValueWriter writer(payload);
  writer.tuple(2);
  writer.text(plan_.tests[key.test].parts[key.part].judgement.expected);
  writer.tuple(key.answers.size());
  for (const std::uint32_t answer : key.answers) writer.encoded(answers_.text(answer));
  return payload;
}

void Judge::settle(std::size_t rest, const CellResult& answer) {
  RestVerdict& verdict = settled_[rest];
  verdict.known = true;
  if (!answer.answered) {
    // The assertion did not come to an end over this answer: it does not hold. Our own faults are told apart.
    verdict.infra = answer.outcome == Outcome::Infra;
    verdict.why = "judging: " + std::string(name_of(answer.outcome)) + (answer.bytes.empty() ? "" : " " + answer.bytes);
    return;
  }
  ValueReader reader(answer.bytes);
  if (const auto truth = ValueReader(answer.bytes).boolean()) {
    verdict.holds = *truth;
  } else if (const auto why = reader.text()) {
    verdict.why = "judging: " + std::string(why->substr(0, 100));
  }
}

CellVerdict Judge::part_verdict(const ProgramResult& program, std::uint32_t test, std::uint32_t part) {
  const Part& entry = plan_.tests[test].parts[part];
  for (const std::uint32_t cell : entry.cells) {
    const CellResult& result = program.cells[cell];
    if (!result.answered) return {result.outcome, result.bytes};
  }
  if (entry.judgement.kind == Judgement::Kind::Rest) {
    const auto found = rest_index_.find(key_of(program, test, part));
    if (found == rest_index_.end() || !settled_[found->second].known) return {Outcome::Infra, "not judged"};
    const RestVerdict& verdict = settled_[found->second];
    if (verdict.infra) return {Outcome::Infra, verdict.why};
    return {verdict.holds ? Outcome::Pass : Outcome::Wrong, verdict.why};
  }
  const std::uint32_t number = program.cells[entry.cells.back()].answer;
  const std::string_view answer = answers_.text(number);
  // Candidates mostly give the same answers: each distinct one is compared once. Tests and parts beyond what the key
  // has room for share no memo.
  const std::uint64_t key = (std::uint64_t{test} << 44) | (std::uint64_t{part} << 32) | number;
  if (test >= (1u << 20) || part >= (1u << 12))
    return {holds(entry.judgement, answer) ? Outcome::Pass : Outcome::Wrong, {}};
  const auto [place, added] = memo_.try_emplace(key, false);
  if (added) place->second = holds(entry.judgement, answer);
  return {place->second ? Outcome::Pass : Outcome::Wrong, {}};
}

CellVerdict Judge::verdict(const ProgramResult& program, std::size_t test) {
  const TestPlan& plan = plan_.tests[test];
  if (plan.form == TestForm::Void) return {};
  for (std::uint32_t part = 0; part < plan.parts.size(); ++part) {
    CellVerdict verdict = part_verdict(program, static_cast<std::uint32_t>(test), part);
    if (verdict.outcome != Outcome::Pass) return verdict;
  }
  return {Outcome::Pass, {}};
}

}  // namespace ucoder
