#include "base/step.h"

#include <doctest/doctest.h>

#include <cerrno>

TEST_CASE("a failure reads as what was tried and why it did not work") {
  CHECK(ucoder::describe({ucoder::Step::StageRoot, EPERM}) == "could not mount an empty root: Operation not permitted");
  CHECK(ucoder::describe({}) == "nothing failed");
}

TEST_CASE("a thread in the zygote is named as what makes user namespaces impossible") {
  using ucoder::Step;
  CHECK(ucoder::describe({Step::UserNamespace, EINVAL}).find("has started a thread") != std::string::npos);
  CHECK(ucoder::describe({Step::UserNamespace, EPERM}) == "could not make a user namespace: Operation not permitted");
}

TEST_CASE("the last step has its text") {
  CHECK(ucoder::describe({ucoder::Step::ReadJob, EINVAL}).starts_with("could not read the job"));
}
