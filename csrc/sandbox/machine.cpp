#include "sandbox/machine.h"

#include <dirent.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "base/fd.h"

namespace ucoder {
namespace {

constexpr const char* kFolder = "/tmp";
constexpr const char* kShared = "/dev/shm";
// An inode costs the kernel about a kilobyte that the size does not count.
constexpr std::uint64_t kInodes = 16384;
constexpr std::size_t kMostKept = 16;

// Of linux/mount.h, which clashes with sys/mount.h on some systems.
constexpr unsigned kCloneTree = 1;         // OPEN_TREE_CLONE
constexpr unsigned kRecursive = 0x8000;    // AT_RECURSIVE
constexpr unsigned kFromDescriptor = 0x4;  // MOVE_MOUNT_F_EMPTY_PATH

Failure raise_loopback() {
  const Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  std::memcpy(request.ifr_name, "lo", 3);
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  if (!socket.valid() || ::ioctl(socket.get(), SIOCSIFFLAGS, &request) != 0) return {Step::Loopback, errno};
  return {};
}

// Files in /tmp may be executed: a callback of ctypes lives on a page that is mapped from a file there, since no memory
// is writable and executable at once. What it gives a program is machine code of its own under the same filter.
Failure mount_scratch(const char* where, const MachinePlan& plan, unsigned long more_flags) {
  const unsigned long flags = MS_NOSUID | MS_NODEV | more_flags;
  if (::mount("ucoder", where, "tmpfs", flags, plan.options.c_str()) != 0) return {Step::Scratch, errno};
  return {};
}

// Covers /tmp. An interpreter that lies below it is taken out before and put back after.
Failure cover_folder(const MachinePlan& plan) {
  std::array<Fd, kMostKept> trees;
  if (plan.kept.size() > trees.size()) return {Step::Scratch, E2BIG};
  for (std::size_t i = 0; i < plan.kept.size(); ++i) {
    trees[i] = Fd(static_cast<int>(::syscall(__NR_open_tree, AT_FDCWD, plan.kept[i].c_str(),
                                             kCloneTree | kRecursive | static_cast<unsigned>(O_CLOEXEC))));
    if (!trees[i].valid()) return {Step::Scratch, errno};
  }
  if (const Failure failure = mount_scratch(kFolder, plan, 0)) return failure;
  for (std::size_t i = 0; i < plan.kept.size(); ++i) {
    const char* path = plan.kept[i].c_str();
    if (::mkdir(path, 0755) != 0 ||
        ::syscall(__NR_move_mount, trees[i].get(), "", AT_FDCWD, path, kFromDescriptor) != 0) {
      return {Step::Scratch, errno};
    }
  }
  return {};
}

}  // namespace

void furnish(RootPlan& root) {
  root.folders = {kFolder, kShared};
  root.files = {{"/etc/hosts", "127.0.0.1 localhost\n::1 localhost\n"},
                {"/etc/passwd", "ucoder:x:1000:1000::/tmp:/bin/sh\n"},
                {"/etc/group", "ucoder:x:1000:\n"},
                {"/etc/nsswitch.conf", "hosts: files\npasswd: files\ngroup: files\n"}};
}

MachinePlan plan_machine(std::uint64_t scratch_bytes) {
  MachinePlan plan;
  plan.options = "mode=1777,size=" + std::to_string(scratch_bytes) + ",nr_inodes=" + std::to_string(kInodes);
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(kFolder), ::closedir);
  if (!folder) return plan;
  while (const dirent* entry = ::readdir(folder.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") plan.kept.push_back(std::string(kFolder) + "/" + name);
  }
  return plan;
}

Failure enter_machine(const MachinePlan& plan) {
  if (::unshare(CLONE_NEWNS | CLONE_NEWNET) != 0) return {Step::OwnMachine, errno};
  if (const Failure failure = raise_loopback()) return failure;
  if (const Failure failure = cover_folder(plan)) return failure;
  if (const Failure failure = mount_scratch(kShared, plan, MS_NOEXEC)) return failure;
  if (::chdir(kFolder) != 0) return {Step::Scratch, errno};
  return {};
}

}  // namespace ucoder
