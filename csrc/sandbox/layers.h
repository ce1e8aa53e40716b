// The layers of isolation, as a set of bits: what is active is recorded with every result.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ucoder {

enum class Layer : std::uint32_t {
  User = 1u << 0,
  Pid = 1u << 1,
  Network = 1u << 2,
  Ipc = 1u << 3,
  Uts = 1u << 4,
  Mount = 1u << 5,
  Capabilities = 1u << 6,
  NoNewPrivileges = 1u << 7,
  Seccomp = 1u << 8,
  Limits = 1u << 9,
};

using LayerSet = std::uint32_t;

struct LayerName {
  Layer layer;
  std::string_view name;
};

inline constexpr std::array<LayerName, 10> kLayers = {{{Layer::User, "user_namespace"},
                                                       {Layer::Pid, "pid_namespace"},
                                                       {Layer::Network, "network_namespace"},
                                                       {Layer::Ipc, "ipc_namespace"},
                                                       {Layer::Uts, "uts_namespace"},
                                                       {Layer::Mount, "mount_namespace"},
                                                       {Layer::Capabilities, "no_capabilities"},
                                                       {Layer::NoNewPrivileges, "no_new_privs"},
                                                       {Layer::Seccomp, "seccomp"},
                                                       {Layer::Limits, "rlimits"}}};

inline constexpr LayerSet kAllLayers = (1u << kLayers.size()) - 1;

constexpr LayerSet bit(Layer layer) { return static_cast<LayerSet>(layer); }

inline std::vector<std::string> names_of(LayerSet set) {
  std::vector<std::string> names;
  for (const LayerName& entry : kLayers) {
    if ((set & bit(entry.layer)) != 0) names.emplace_back(entry.name);
  }
  return names;
}

}  // namespace ucoder
