// What arrives through a channel: replies of any size and content with or without a descriptor, and, in the zygote and
// the worker, policies and jobs.
#include <fuzzer/FuzzedDataProvider.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>

#include "base/channel.h"
#include "base/job.h"
#include "base/policy_pack.h"
#include "property.h"

namespace ucoder {
namespace {

void check_reply(const std::string& message) {
  std::array<int, 2> ends{};
  must_hold(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) == 0, "the kernel gives a channel");
  const Fd near(ends[0]);
  Fd far(ends[1]);
  const bool sent = !message.empty() && send_bytes(far.get(), message);
  far = Fd();
  Fd descriptor;
  const auto reply = receive_reply(near.get(), 0, &descriptor);
  must_hold(!reply || (sent && message.size() >= sizeof(Reply)), "a reply is a whole one");
  must_hold(!descriptor.valid(), "no descriptor comes from nowhere");
  if (!reply) return;
  for (std::uint32_t i = 0; i < reply->num_failures && i < kMaxFailures; ++i) describe(reply->failures[i]);
}

void check_job(const std::string& bytes, FuzzedDataProvider& input) {
  Header header{};
  header.kind = input.PickValueInArray({JobKind::Run, JobKind::Prepare, JobKind::Judge});
  header.num_programs = input.ConsumeIntegral<std::uint32_t>();
  header.num_cells = input.ConsumeIntegral<std::uint32_t>();
  const JobView job = read_job(header, bytes);
  if (!job.ok) return;
  must_hold(job.cells.size() == header.num_cells, "a job that is read has its cells");
}

}  // namespace
}  // namespace ucoder

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  const std::string bytes = input.ConsumeRandomLengthString(4096);
  ucoder::check_reply(bytes);
  ucoder::check_job(bytes, input);
  ucoder::unpack_policies(bytes);
  return 0;
}
