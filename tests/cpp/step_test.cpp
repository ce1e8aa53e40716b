#include "base/step.h"

#include <doctest/doctest.h>

#include <cerrno>

TEST_CASE("a failure reads as what was tried and why it did not work") {
  CHECK(ucoder::describe({ucoder::Step::StageRoot, EPERM}) == "could not mount an empty root: Operation not permitted");
  CHECK(ucoder::describe({}) == "nothing failed");
}

TEST_CASE("the last step has its text") {
  CHECK(ucoder::describe({ucoder::Step::ReadJob, EINVAL}).starts_with("could not read the job"));
}
