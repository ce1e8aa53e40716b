#include "supervisor/patience.h"

#include <doctest/doctest.h>

using ucoder::Patience;
using ucoder::Standing;

namespace {

constexpr std::int32_t kNothing = Standing::kNothing;
constexpr std::int32_t kUnknown = Standing::kUnknown;

Standing standing(std::uint32_t copies, std::vector<std::int32_t> behaviour) {
  return {.copies = copies, .behaviour = std::move(behaviour), .given_up = false};
}

Patience deciding() {
  Patience patience;
  patience.deciding = true;
  return patience;
}

}  // namespace

TEST_CASE("nothing is waited for where nothing was put off") {
  const std::vector<Standing> programs = {standing(3, {1, 2}), standing(1, {1, 3})};
  CHECK_FALSE(worth_waiting_for(programs, deciding()));
}

TEST_CASE("a program that could make another cluster the largest is waited for") {
  const std::vector<Standing> programs = {standing(3, {1, 2}), standing(3, {1, 3}), standing(1, {kUnknown, 3})};
  CHECK(worth_waiting_for(programs, deciding()) == 2);
}

TEST_CASE("a program that could only join the largest cluster is not waited for") {
  const std::vector<Standing> programs = {standing(3, {1, 2}), standing(1, {1, 3}), standing(1, {1, kUnknown})};
  CHECK_FALSE(worth_waiting_for(programs, deciding()));
}

TEST_CASE("a program that contradicts every cluster within reach is not waited for") {
  const std::vector<Standing> programs = {standing(3, {1, 2}), standing(3, {1, 3}), standing(1, {4, kUnknown})};
  CHECK_FALSE(worth_waiting_for(programs, deciding()));
}

TEST_CASE("a program that cannot reach rho any more is not waited for") {
  const std::vector<Standing> programs = {standing(1, {1, 2, 3, 4, 5}),
                                          standing(2, {kUnknown, kNothing, kNothing, 4, 5})};
  CHECK_FALSE(worth_waiting_for(programs, deciding()));
}

TEST_CASE("put-off programs that agree may be a cluster of their own") {
  const std::vector<Standing> programs = {standing(2, {1, 2}), standing(2, {5, kUnknown}), standing(1, {5, kUnknown})};
  CHECK(worth_waiting_for(programs, deciding()) == 1);
}

TEST_CASE("a cluster that gives one value for every test is in nobody's way") {
  // Five copies of a constant: the two behind them lead, and the put-off one could overtake those.
  const std::vector<Standing> programs = {standing(5, {7, 7}), standing(2, {1, 2}), standing(2, {1, 3}),
                                          standing(1, {1, kUnknown})};
  CHECK(worth_waiting_for(programs, deciding()) == 3);
}

TEST_CASE("a cluster smaller than tau cannot be chosen, so nobody waits for it") {
  CHECK_FALSE(worth_waiting_for(std::vector<Standing>{standing(1, {kUnknown, 2})}, deciding()));
  CHECK(worth_waiting_for(std::vector<Standing>{standing(2, {kUnknown, 2})}, deciding()) == 0);
}

TEST_CASE("what was like a program that was waited for in vain is given up with it") {
  std::vector<Standing> programs = {standing(1, {5, kUnknown}), standing(1, {5, kUnknown}), standing(1, {6, kUnknown}),
                                    standing(4, {5, 5})};
  CHECK(give_up_alike(programs, {5, kUnknown}) == 2);
  CHECK(programs[0].given_up);
  CHECK(programs[1].given_up);
  CHECK_FALSE(programs[2].given_up);
}
