#include "supervisor/plan.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "value/reader.h"
#include "value/writer.h"

namespace ucoder {
namespace {

using value::Tag;
using value::ValueReader;
using value::ValueWriter;

constexpr std::size_t kChainBytes = std::size_t{1} << 20;
constexpr std::uint64_t kMostMethods = 1024;                  // of one module of unit tests: each carries its text
constexpr std::uint64_t kMostParts = std::uint64_t{1} << 16;  // of one test: each is a call of every program

struct CallParts {
  std::string_view whole;  // the encoded (target, args, kwargs, references)
  std::string_view target;
  bool refers = false;  // takes the result of an earlier call
};

void make_void(TestPlan& out, std::string note) {
  out.form = TestForm::Void;
  out.note = std::move(note);
  out.parts.clear();
}

std::string_view kind_name(TestKind kind) {
  switch (kind) {
    case TestKind::Check:
      return "check";
    case TestKind::Call:
      return "call";
    case TestKind::Unittest:
      return "unittest";
    case TestKind::Module:
      return "module";
    default:
      return "assertion";
  }
}

void write_expectation(ValueWriter& writer, const Test& test) {
  writer.text(test.expected);
  writer.real(test.tolerance.absolute);
  writer.real(test.tolerance.relative);
}

std::string calls_payload(const std::vector<CallParts>& calls, std::size_t last) {
  std::string payload;
  ValueWriter writer(payload);
  const std::size_t first = calls[last].refers ? 0 : last;
  writer.tuple(last - first + 1);
  for (std::size_t i = first; i <= last; ++i) writer.encoded(calls[i].whole);
  return payload;
}

std::optional<CallParts> read_call(ValueReader& reader) {
  ValueReader probe = reader;
  CallParts call;
  const auto whole = reader.whole();
  if (!whole || probe.count(Tag::Tuple) != 4u) return std::nullopt;
  const auto target = probe.text();
  if (!target || probe.peek() != Tag::Tuple || !probe.whole() || probe.peek() != Tag::Dict || !probe.whole()) {
    return std::nullopt;
  }
  const auto references = probe.count(Tag::Dict);
  if (!references) return std::nullopt;
  call.whole = *whole;
  call.target = *target;
  call.refers = *references > 0;
  return call;
}

using Refuses = Judgement::Refuses;

// The judgements by nearness, and what each of them raises over.
constexpr std::array<std::pair<std::string_view, Refuses>, 4> kNearness = {{
    {"close", Refuses::Nothing},
    {"near", Refuses::Decimal},
    {"approx", Refuses::UnequalDecimal},
    {"isclose", Refuses::Complex},
}};

std::optional<Judgement> read_judgement(ValueReader& reader) {
  const auto count = reader.count(Tag::Tuple);
  const auto name = reader.text();
  if (!count || !name) return std::nullopt;
  Judgement judgement;
  const auto take_expected = [&](Judgement::Kind kind) {
    const auto expected = reader.whole();
    judgement.kind = kind;
    if (expected) judgement.expected = *expected;
    return expected.has_value();
  };
  const auto* const nearness = std::ranges::find(kNearness, *name, &std::pair<std::string_view, Refuses>::first);
  bool ok = false;
  if (*name == "eq" && *count == 2) {
    ok = take_expected(Judgement::Kind::Equal);
  } else if (*name == "is" && *count == 2) {
    ok = take_expected(Judgement::Kind::Identical);
  } else if (*name == "true" && *count == 1) {
    judgement.kind = Judgement::Kind::Truthy;
    ok = true;
  } else if (*name == "false" && *count == 1) {
    judgement.kind = Judgement::Kind::Falsy;
    ok = true;
  } else if (nearness != kNearness.end() && *count == 4) {
    judgement.refuses = nearness->second;
    ok = take_expected(Judgement::Kind::Equal);
    const auto absolute = reader.real();
    const auto relative = reader.real();
    ok = ok && absolute && relative;
    if (ok) judgement.tolerance = {*absolute, *relative};
  } else if (*name == "rest" && *count == 3) {
    const auto source = reader.text();
    const auto tame = reader.boolean();
    ok = source && tame;
    judgement.kind = Judgement::Kind::Rest;
    if (ok) judgement.expected = *source;
    if (ok) judgement.tame = *tame;
  }
  if (!ok) return std::nullopt;
  return judgement;
}

// A plan comes from a process in which its test may have been executed. What it asks of programs is to be called: any
// other target would be code that runs among them and that nobody has looked at.
bool read_part(ValueReader& reader, std::string_view entry_point, TaskPlan& plan, Part& part) {
  if (reader.count(Tag::Tuple) != 2u) return false;
  const auto num_calls = reader.count(Tag::Tuple);
  if (!num_calls || *num_calls == 0) return false;
  std::vector<CallParts> calls;
  for (std::size_t i = 0; i < *num_calls; ++i) {
    const auto call = read_call(reader);
    if (!call || call->target != entry_point) return false;
    calls.push_back(*call);
  }
  // A call that takes an earlier one's result carries the whole chain along: a long chain costs its square.
  std::size_t bytes = 0;
  std::size_t before = 0;
  for (const CallParts& call : calls) {
    before += call.whole.size();
    bytes += call.refers ? before : call.whole.size();
  }
  if (bytes > kChainBytes && bytes > 2 * before) return false;
  // What several tests ask is asked once; what one assertion asks twice is: it may be about the two answers.
  std::unordered_map<std::string, std::uint32_t, value::TextHash> times;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    std::string payload = calls_payload(calls, i);
    const std::uint32_t again = times[payload]++;
    part.cells.push_back(plan.cell_for(CellKind::Call, std::move(payload), again));
  }
  auto judgement = read_judgement(reader);
  if (!judgement) return false;
  part.judgement = std::move(*judgement);
  return true;
}

bool read_parts(ValueReader& reader, std::string_view entry_point, TaskPlan& plan, TestPlan& out) {
  const auto num_parts = reader.count(Tag::Tuple);
  if (!num_parts || *num_parts == 0 || *num_parts > kMostParts) return false;
  for (std::size_t i = 0; i < *num_parts; ++i) {
    Part part;
    if (!read_part(reader, entry_point, plan, part)) return false;
    out.parts.push_back(std::move(part));
  }
  return reader.at_end();
}

}  // namespace

Test encoded_call(const std::string& target, const std::vector<std::string>& args,
                  const std::vector<std::pair<std::string, std::string>>& kwargs, std::string expected,
                  Tolerance tolerance) {
  Test test{TestKind::EncodedCall, {}, std::move(expected), tolerance, Comparison::None};
  ValueWriter writer(test.text);
  writer.tuple(4);
  writer.text(target);
  writer.tuple(args.size());
  for (const std::string& value : args) writer.encoded(value);
  writer.dict(kwargs.size());
  for (const auto& [name, value] : kwargs) {
    writer.text(name);
    writer.encoded(value);
  }
  writer.dict(0);
  return test;
}

std::uint32_t TaskPlan::cell_for(CellKind kind, std::string payload, std::uint32_t again) {
  std::string key = std::to_string(static_cast<unsigned>(kind)) + ":" + std::to_string(again) + ":" + payload;
  const auto [place, added] = index_.try_emplace(std::move(key), static_cast<std::uint32_t>(cells.size()));
  if (added) {
    cells.push_back({kind, std::move(payload)});
  } else {
    ++num_shared;
  }
  return place->second;
}

bool needs_reading(const Test& test) { return test.kind != TestKind::Stdio && test.kind != TestKind::EncodedCall; }

bool plan_directly(const Test& test, TaskPlan& plan, TestPlan& out) {
  if (test.kind == TestKind::Stdio) {
    out.form = TestForm::Stdio;
    Part part;
    part.cells.push_back(plan.cell_for(CellKind::Script, test.text));
    part.judgement = {Judgement::Kind::Output, test.expected, test.tolerance, test.comparison, false};
    out.parts.push_back(std::move(part));
    return true;
  }
  if (test.kind != TestKind::EncodedCall) return false;
  ValueReader reader(test.text);
  const auto call = read_call(reader);
  if (!call || call->refers || !reader.at_end()) {
    make_void(out, "malformed call");
    return true;
  }
  out.form = TestForm::Split;
  Part part;
  part.cells.push_back(plan.cell_for(CellKind::Call, calls_payload({*call}, 0)));
  part.judgement = {Judgement::Kind::Equal, test.expected, test.tolerance, Comparison::None, true};
  out.parts.push_back(std::move(part));
  return true;
}

std::string prepare_payload(const Test& test) {
  std::string payload;
  ValueWriter writer(payload);
  const bool call = test.kind == TestKind::Call;
  writer.tuple(call ? 5 : 2);
  writer.text(kind_name(test.kind));
  writer.text(test.text);
  if (call) write_expectation(writer, test);
  return payload;
}

void plan_beside(const Test& test, std::string note, TaskPlan& plan, TestPlan& out) {
  std::string payload;
  ValueWriter writer(payload);
  writer.tuple(2);
  writer.text(kind_name(test.kind));
  if (test.kind == TestKind::Call) writer.tuple(4);
  writer.text(test.text);
  if (test.kind == TestKind::Call) write_expectation(writer, test);
  out.form = TestForm::Beside;
  out.note = std::move(note);
  Part part;
  part.cells.push_back(plan.cell_for(CellKind::Beside, std::move(payload)));
  part.judgement.kind = Judgement::Kind::Raised;
  out.parts = {std::move(part)};
}

namespace {

// One cell for each method of a module of unit tests: all of them have to say that they passed.
bool plan_methods(const Test& test, ValueReader& reader, TaskPlan& plan, TestPlan& out) {
  const auto num_methods = reader.count(Tag::Tuple);
  if (!num_methods || *num_methods == 0 || *num_methods > kMostMethods) return false;
  for (std::size_t i = 0; i < *num_methods; ++i) {
    const auto method = reader.text();
    if (!method) return false;
    std::string payload;
    ValueWriter writer(payload);
    writer.tuple(2);
    writer.text(kind_name(test.kind));
    writer.tuple(2);
    writer.text(test.text);
    writer.text(*method);
    Part part;
    part.cells.push_back(plan.cell_for(CellKind::Method, std::move(payload)));
    part.judgement.kind = Judgement::Kind::Raised;
    out.parts.push_back(std::move(part));
  }
  out.form = TestForm::Beside;
  out.note = kind_name(test.kind);
  return reader.at_end();
}

}  // namespace

bool needs_evaluation(std::string_view encoded) {
  ValueReader reader(encoded);
  return reader.count(Tag::Tuple) && reader.text() == "evaluate";
}

bool read_plan(const Test& test, std::string_view encoded, std::string_view entry_point, TaskPlan& plan,
               TestPlan& out) {
  ValueReader reader(encoded);
  const auto count = reader.count(Tag::Tuple);
  const auto name = reader.text();
  if (!count || !name) {
    make_void(out, "unreadable plan");
    return true;
  }
  if (*name == "evaluate") return false;
  if (*name == "methods" && (test.kind == TestKind::Unittest || test.kind == TestKind::Module)) {
    if (!plan_methods(test, reader, plan, out)) make_void(out, "unreadable plan");
    return true;
  }
  if (*name == "split" && read_parts(reader, entry_point, plan, out)) {
    out.form = TestForm::Split;
    return true;
  }
  if (*name == "split") {
    // Too long a chain of calls, or not a plan at all: the text itself can still be run beside the candidate.
    plan_beside(test, "too-long", plan, out);
    return true;
  }
  const auto note = reader.text();
  if (*name == "beside" && note) {
    plan_beside(test, std::string(*note), plan, out);
  } else {
    make_void(out, *name == "void" && note ? std::string(*note) : "unreadable plan");
  }
  return true;
}

}  // namespace ucoder
