#include "sandbox/root.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "base/fd.h"

namespace ucoder {
namespace {

// Of linux/mount.h, which older systems lack or which clashes with sys/mount.h.
struct MountAttributes {
  std::uint64_t set;
  std::uint64_t clear;
  std::uint64_t propagation;
  std::uint64_t user_namespace;
};
constexpr std::uint64_t kReadOnly = 0x1;
constexpr std::uint64_t kNoSetuid = 0x2;
constexpr std::uint64_t kNoDevices = 0x4;
constexpr unsigned kRecursive = 0x8000;  // AT_RECURSIVE
constexpr long kMountSetattr = 442;      // the same number on every architecture

struct Source {
  std::string path;
  Fd handle;  // opened before the staging mount may cover it
  bool folder;
};

std::string handle_path(const Fd& handle) { return "/proc/self/fd/" + std::to_string(handle.get()); }

std::vector<Source> open_sources(const std::vector<std::string>& paths) {
  std::vector<Source> sources;
  for (const std::string& path : paths) {
    Fd handle(::open(path.c_str(), O_PATH | O_CLOEXEC));
    struct stat status{};
    if (!handle.valid() || ::fstat(handle.get(), &status) != 0) continue;
    sources.push_back({path, std::move(handle), S_ISDIR(status.st_mode)});
  }
  return sources;
}

// The folder the new root is built on: any that exists will do, what it holds is covered in this namespace only.
Failure stage(std::string& staging) {
  int error = ENOENT;
  for (const char* folder : {"/tmp", "/mnt", "/run", "/usr"}) {
    if (::mount("ucoder", folder, "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,mode=755") == 0) {
      staging = folder;
      return {};
    }
    error = errno;
  }
  return {Step::StageRoot, error};
}

bool make_folders(const std::string& path) {
  for (std::size_t slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    if (::mkdir(path.substr(0, slash).c_str(), 0755) != 0 && errno != EEXIST && errno != EROFS) return false;
  }
  return true;
}

bool make_target(const std::string& path, bool folder) {
  if (!make_folders(path)) return false;
  if (folder) return ::mkdir(path.c_str(), 0755) == 0 || errno == EEXIST;
  return Fd(::open(path.c_str(), O_CREAT | O_RDONLY | O_CLOEXEC, 0444)).valid() || errno == EEXIST;
}

Failure make_read_only(const std::string& path, bool device) {
  const std::uint64_t wanted = kReadOnly | kNoSetuid | (device ? std::uint64_t{0} : kNoDevices);
  MountAttributes attributes{wanted, 0, 0, 0};
  if (::syscall(kMountSetattr, AT_FDCWD, path.c_str(), kRecursive, &attributes, sizeof attributes) == 0) return {};
  if (errno != ENOSYS) return {Step::ReadOnlyPath, errno};
  const unsigned long flags =
      MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | (device ? 0ul : static_cast<unsigned long>(MS_NODEV));
  if (::mount(nullptr, path.c_str(), nullptr, flags, nullptr) != 0) return {Step::ReadOnlyPath, errno};
  return {};
}

// A path such as /lib that is a link on the host stays a link, so that what lies behind it is bound once.
bool copy_link(const std::string& path, const std::string& target) {
  std::array<char, 512> text{};
  const ssize_t size = ::readlink(path.c_str(), text.data(), text.size() - 1);
  if (size <= 0) return false;
  if (!make_folders(target)) return false;
  return ::symlink(text.data(), target.c_str()) == 0 || errno == EEXIST;
}

Failure bind(const Source& source, const std::string& staging) {
  const std::string target = staging + source.path;
  if (copy_link(source.path, target)) return {};
  if (!make_target(target, source.folder)) return {Step::BindPath, errno};
  if (::mount(handle_path(source.handle).c_str(), target.c_str(), nullptr, MS_BIND | MS_REC, nullptr) != 0) {
    return {Step::BindPath, errno};
  }
  return make_read_only(target, source.path.starts_with("/dev/"));
}

Failure hide(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return {};
  if (::mount("ucoder", path.c_str(), "tmpfs", MS_NOSUID | MS_NODEV | MS_RDONLY, "size=4k,mode=555") != 0) {
    return {Step::BindPath, errno};
  }
  return {};
}

Failure make_own(const RootPlan& plan, const std::string& staging) {
  for (const std::string& path : plan.folders) {
    if (!make_target(staging + path, true)) return {Step::StageRoot, errno};
  }
  for (const auto& [path, text] : plan.files) {
    if (!make_folders(staging + path)) return {Step::StageRoot, errno};
    const Fd file(::open((staging + path).c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0444));
    if (!file.valid() || ::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
      return {Step::StageRoot, errno};
    }
  }
  return {};
}

Failure pivot(const std::string& staging) {
  if (::chdir(staging.c_str()) != 0) return {Step::PivotRoot, errno};
  // Both names the same: the old root is stacked on the new one and detached from there.
  if (::syscall(__NR_pivot_root, ".", ".") != 0) return {Step::PivotRoot, errno};
  if (::umount2(".", MNT_DETACH) != 0) return {Step::PivotRoot, errno};
  if (::chdir("/") != 0) return {Step::PivotRoot, errno};
  return {};
}

}  // namespace

Failure enter_root(const RootPlan& plan) {
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return {Step::PrivateMounts, errno};
  const std::vector<Source> sources = open_sources(plan.read_only);
  std::string staging;
  if (const Failure failure = stage(staging)) return failure;
  for (const Source& source : sources) {
    if (const Failure failure = bind(source, staging)) return failure;
  }
  if (const Failure failure = make_own(plan, staging)) return failure;
  for (const std::string& path : plan.hidden) {
    if (const Failure failure = hide(staging + path)) return failure;
  }
  if (const Failure failure = pivot(staging)) return failure;
  if (::mount(nullptr, "/", nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV, nullptr) != 0) {
    return {Step::ReadOnlyRoot, errno};
  }
  return {};
}

}  // namespace ucoder
