#include "base/policy_pack.h"

#include <cstring>

#include "base/pack.h"

namespace ucoder {

std::string pack_policies(const std::vector<Policy>& policies) {
  Packer out;
  out.u32(static_cast<std::uint32_t>(policies.size()));
  for (const Policy& policy : policies) {
    out.text(policy.name);
    out.u32(policy.standard_streams ? 1 : 0);
    out.u32(policy.max_tasks);
    out.u32(policy.max_files);
    out.u32(policy.own_machine ? 1 : 0);
    out.u32(static_cast<std::uint32_t>(policy.scratch_bytes >> 20));
    // Both ends are this library in one version: rules travel as they lie in memory.
    out.text({reinterpret_cast<const char*>(policy.rules.data()), policy.rules.size() * sizeof(SyscallRule)});
  }
  return out.take();
}

std::vector<Policy> unpack_policies(std::string_view bytes) {
  Unpacker in(bytes);
  std::vector<Policy> policies;
  const std::uint32_t count = in.u32();
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    Policy policy;
    policy.name = in.text();
    policy.standard_streams = in.u32() != 0;
    policy.max_tasks = in.u32();
    policy.max_files = in.u32();
    policy.own_machine = in.u32() != 0;
    policy.scratch_bytes = std::uint64_t{in.u32()} << 20;
    const std::string_view rules = in.text();
    policy.rules.resize(rules.size() / sizeof(SyscallRule));
    if (!policy.rules.empty()) {
      std::memcpy(policy.rules.data(), rules.data(), policy.rules.size() * sizeof(SyscallRule));
    }
    policies.push_back(std::move(policy));
  }
  return policies;
}

}  // namespace ucoder
