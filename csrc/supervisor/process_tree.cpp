#include "supervisor/process_tree.h"

#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string>

#include "base/proc.h"

namespace ucoder {
namespace {

struct Stat {
  pid_t parent = 0;
  Nanos own = 0;
  Nanos children = 0;
};

// Fields behind the name, which may hold anything: 3 is the state, 4 the parent, 14 to 17 times in ticks.
std::optional<Stat> stat_of(pid_t pid) {
  const std::string text = read_proc(pid, "stat");
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos || name_end + 3 >= text.size()) return std::nullopt;
  const char* at = text.c_str() + name_end + 3;
  std::array<long long, 18> fields{};
  for (std::size_t field = 4; field < fields.size(); ++field) {
    char* end = nullptr;
    fields[field] = std::strtoll(at, &end, 10);
    at = end;
  }
  const Nanos tick = kSecond / ::sysconf(_SC_CLK_TCK);
  return Stat{static_cast<pid_t>(fields[4]), (fields[14] + fields[15]) * tick, (fields[16] + fields[17]) * tick};
}

// The number behind a label, in kB.
std::uint64_t kilobytes(const std::string& text, const char* label) {
  const std::size_t at = text.find(label);
  return at == std::string::npos ? 0 : std::strtoull(text.c_str() + at + std::strlen(label), nullptr, 10);
}

std::uint64_t resident_bytes(pid_t pid) {
  const std::string status = read_proc(pid, "status");
  return (kilobytes(status, "RssAnon:") + kilobytes(status, "RssShmem:")) << 10;
}

// As above, each page divided by the number of processes that share it. Dearer; not every kernel has it.
std::optional<std::uint64_t> proportional_bytes(pid_t pid) {
  const std::string text = read_proc(pid, "smaps_rollup");
  if (text.find("Pss_Anon:") == std::string::npos) return std::nullopt;
  return (kilobytes(text, "Pss_Anon:") + kilobytes(text, "Pss_Shmem:")) << 10;
}

std::set<pid_t> listed_processes() {
  std::set<pid_t> listed;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir("/proc"), ::closedir);
  if (!folder) return listed;
  while (const dirent* entry = ::readdir(folder.get())) {
    const auto pid = static_cast<pid_t>(std::strtol(entry->d_name, nullptr, 10));
    if (pid > 0) listed.insert(pid);
  }
  return listed;
}

}  // namespace

void ProcessTree::update(pid_t pid, Member& member) const {
  const auto stat = stat_of(pid);
  if (!stat) return;
  member.parent = stat->parent;
  member.own = std::max({member.own, stat->own, cpu_time_of(pid).value_or(0)});
  member.children = std::max(member.children, stat->children);
  member.run_delay = std::max(member.run_delay, run_delay_of(pid));
}

// New processes are looked at once; those whose parent is not known yet, again at the next look.
void ProcessTree::find_members() {
  const std::set<pid_t> listed = listed_processes();
  std::erase_if(strangers_, [&](pid_t pid) { return !listed.contains(pid); });
  std::erase_if(members_, [&](const auto& entry) {
    if (listed.contains(entry.first) || entry.first == root_) return false;
    gone_ += entry.second.own;
    gone_delay_ += entry.second.run_delay;
    return true;
  });
  members_.try_emplace(root_);
  std::map<pid_t, pid_t> unknown;
  for (const pid_t pid : listed) {
    if (members_.contains(pid) || strangers_.contains(pid)) continue;
    if (const auto stat = stat_of(pid)) unknown[pid] = stat->parent;
  }
  for (bool found = true; found;) {
    found = false;
    for (auto place = unknown.begin(); place != unknown.end();) {
      if (members_.contains(place->second)) {
        members_.try_emplace(place->first);
        place = unknown.erase(place);
        found = true;
      } else {
        ++place;
      }
    }
  }
  for (const auto& [pid, parent] : unknown) {
    if (parent == 0 || strangers_.contains(parent)) strangers_.insert(pid);
  }
}

TreeUsage ProcessTree::look() {
  find_members();
  TreeUsage usage;
  usage.run_delay = gone_delay_;
  Nanos live = 0;
  Nanos waited_for = 0;
  for (auto& [pid, member] : members_) {
    update(pid, member);
    live += member.own;
    usage.run_delay += member.run_delay;
    waited_for += member.children;
    usage.bytes += resident_bytes(pid);
  }
  usage.num_processes = static_cast<std::uint32_t>(members_.size());
  most_cpu_ = std::max({most_cpu_, live + gone_, live + waited_for});
  usage.cpu = most_cpu_;
  if (usage.bytes > most_bytes_ && members_.size() > 1) {
    std::uint64_t exact = 0;
    for (const auto& entry : members_) exact += proportional_bytes(entry.first).value_or(resident_bytes(entry.first));
    usage.bytes = exact;
  }
  return usage;
}

}  // namespace ucoder
