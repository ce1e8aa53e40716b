#include "supervisor/usual.h"

#include <doctest/doctest.h>

#include <string>

#include "value/writer.h"

using ucoder::usual_plan;
using ucoder::value::ValueWriter;

namespace {

// ("split", ((((f, arguments, {}, {}),), judgement),)), the last two already encoded.
std::string plan(std::size_t num_arguments, const std::string& arguments, const char* judgement,
                 const std::string& expected = {}) {
  std::string out;
  ValueWriter writer(out);
  writer.tuple(2);
  writer.text("split");
  writer.tuple(1);
  writer.tuple(2);
  writer.tuple(1);
  writer.tuple(4);
  writer.text("f");
  writer.tuple(num_arguments);
  writer.encoded(arguments);
  writer.dict(0);
  writer.dict(0);
  writer.tuple(expected.empty() ? 1 : 2);
  writer.text(judgement);
  writer.encoded(expected);
  return out;
}

template <typename Write>
std::string encoded(Write write) {
  std::string out;
  ValueWriter writer(out);
  write(writer);
  return out;
}

const std::string kOne = encoded([](ValueWriter& w) { w.integer(1); });
const std::string kTrue = encoded([](ValueWriter& w) { w.boolean(true); });

}  // namespace

TEST_CASE("calls beside literals are read") {
  CHECK(usual_plan("assert f(1) == 1", "f") == plan(1, kOne, "eq", kOne));
  CHECK(usual_plan("  assert\tf( 1 )==1 , 'so'\n\n", "f") == plan(1, kOne, "eq", kOne));
  CHECK(usual_plan("assert 1 == f(1,)", "f") == plan(1, kOne, "eq", kOne));
  CHECK(usual_plan("assert f() is True", "f") == plan(0, {}, "is", kTrue));
  CHECK(usual_plan("assert f(1, 1)", "f") == plan(2, kOne + kOne, "true"));
  CHECK(usual_plan("assert not f(True)", "f") == plan(1, kTrue, "false"));
}

TEST_CASE("literals are what Python makes of them") {
  const auto expected = [](const std::string& text) { return usual_plan("assert f() == " + text, "f"); };
  const auto is = [](auto write) { return plan(0, {}, "eq", encoded(write)); };
  CHECK(expected("-12") == is([](ValueWriter& w) { w.integer(-12); }));
  CHECK(expected("- 0.5") == is([](ValueWriter& w) { w.real(-0.5); }));
  CHECK(expected("-0.0") == is([](ValueWriter& w) { w.real(-0.0); }));
  CHECK(expected(".1e-3") == is([](ValueWriter& w) { w.real(.1e-3); }));
  CHECK(expected("\"it's\"") == is([](ValueWriter& w) { w.text("it's"); }));
  CHECK(expected("(1)") == is([](ValueWriter& w) { w.integer(1); }));
  CHECK(expected("(1 , )") == is([](ValueWriter& w) {
          w.tuple(1);
          w.integer(1);
        }));
  CHECK(expected("()") == is([](ValueWriter& w) { w.tuple(0); }));
  CHECK(expected("[(None), [ ], ('a', -1)]") == is([](ValueWriter& w) {
          w.list(3);
          w.none();
          w.list(0);
          w.tuple(2);
          w.text("a");
          w.integer(-1);
        }));
}

TEST_CASE("whatever else there is, is left to the jail") {
  for (const char* text : {
           "",
           "assert",
           "assert ",
           "assertf(1)",
           "assert(f(1) == 1)",
           "assert f",
           "assert f(1",
           "assert f(1))",
           "assert f(1) == 1 == 1",
           "assert f(1) == f(1)",
           "assert f(1) == 1 and f(2)",
           "assert f(1) != 1",
           "assert f(1) is 1",
           "assert f(1) is not None",
           "assert not f(1) == 1",
           "assert f(x)",
           "assert f(x=1)",
           "assert f(*[1])",
           "assert g(1) == 1",
           "assert ff(1) == 1",
           "assert f.g(1) == 1",
           "assert f(1)[0] == 1",
           "assert f(1) == 1 # so",
           "assert f(1) == 1; f(2)",
           "assert f(1) == 1\nassert f(2) == 2",
           "\nassert f(1)",
           "assert f(1) == 1, f(2)",
           "assert f(1) == 1, f'{f(2)}'",
           "assert f(1) == 'a' 'b'",
           "assert f(1) == '''a'''",
           "assert f(1) == ''''a'",
           "assert f(1) == '\\n'",
           "assert f(1) == 'a\nb'",
           "assert f(1) == '\xc3\xa9'",
           "assert f(1) == b'a'",
           "assert f(1) == 007",
           "assert f(1) == 00",
           "assert f(1) == 1_0",
           "assert f(1) == 0x1",
           "assert f(1) == 1j",
           "assert f(1) == 1e",
           "assert f(1) == 1e999",
           "assert f(1) == 1if 1 else 2",
           "assert f(1) == 1.5.real",
           "assert f(1) == .",
           "assert f(1) == -True",
           "assert f(1) == --1",
           "assert f(1) == +1",
           "assert f(1) == 1 + 1",
           "assert f(1) == 'a'[0]",
           "assert f(1) == 'a' % 1",
           "assert f(1) == [1,,2]",
           "assert f(1) == (,)",
           "assert f(1) == [1}",
           "assert f(1) == [1 2]",
           "assert f(1) == {1: 2}",
           "assert f(1) == {1}",
           "assert f(1) == ...",
           "assert f(1) == Nonesuch",
           "assert f(1) == 1234567890123456789",
           "assert f(1) == 1\r",
           "assert f(1) == 1\\",
           "assert f(1) is None is None",
       }) {
    CAPTURE(text);
    CHECK_FALSE(usual_plan(text, "f"));
  }
  CHECK_FALSE(usual_plan("assert None(1) == 1", "None"));
  CHECK_FALSE(usual_plan("assert _0(1) == 1", "_0"));
  CHECK_FALSE(usual_plan("assert A().f(1) == 1", "A().f"));
  CHECK_FALSE(usual_plan("assert (1) == 1", ""));
}

TEST_CASE("depth and size are bounded") {
  CHECK(usual_plan("assert f() == " + std::string(39, '[') + std::string(39, ']'), "f"));
  CHECK_FALSE(usual_plan("assert f() == " + std::string(41, '[') + std::string(41, ']'), "f"));
  CHECK_FALSE(usual_plan("assert f() == " + std::string(60'000, '['), "f"));
  CHECK_FALSE(usual_plan("assert f() == '" + std::string(70'000, 'a') + "'", "f"));
}

TEST_CASE("every beginning of a text is read without a fault") {
  const std::string text = "assert not f([1, -2.5e3, ('a', None)], \"b\") , 'c'";
  for (std::size_t size = 0; size <= text.size(); ++size) usual_plan(text.substr(0, size), "f");
}
