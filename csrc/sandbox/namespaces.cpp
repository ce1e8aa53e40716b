#include "sandbox/namespaces.h"

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "base/fd.h"
#include "sandbox/capabilities.h"

namespace ucoder {
namespace {

constexpr uid_t kNobody = 65534;
constexpr unsigned kInsideId = 1000;  // what a program sees as its user and group, whoever started it

struct NamespaceStep {
  int flag;
  Layer layer;
  Step step;
};

// Writes a file of /proc; the errno of what did not work, or 0.
int write_text(int folder, const char* path, const std::string& text) {
  if (folder < 0) return ENOENT;
  const Fd file(::openat(folder, path, O_WRONLY | O_CLOEXEC));
  if (!file.valid()) return errno;
  return ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0 : errno;
}

std::string map_line(unsigned outside) { return std::to_string(kInsideId) + " " + std::to_string(outside) + " 1"; }

// A user namespace whose only user is the process's own. `proc` is a handle on /proc from before the root changed.
Failure make_user_namespace(int proc) {
  const uid_t user = ::geteuid();
  const gid_t group = ::getegid();
  if (::unshare(CLONE_NEWUSER) != 0) return {Step::UserNamespace, errno};
  // The kernel wants setgroups given up before an unprivileged process may map its group.
  const int denied = write_text(proc, "self/setgroups", "deny");
  if (denied != 0 && denied != ENOENT) return {Step::UserMap, denied};
  if (const int error = write_text(proc, "self/gid_map", map_line(group))) return {Step::UserMap, error};
  if (const int error = write_text(proc, "self/uid_map", map_line(user))) return {Step::UserMap, error};
  return {};
}

// Root becomes nobody. Changing user makes a process undumpable, and its own /proc files root's: undone here, since
// the user map is written next.
Failure become_nobody() {
  if (::setgroups(0, nullptr) != 0 || ::setresgid(kNobody, kNobody, kNobody) != 0 ||
      ::setresuid(kNobody, kNobody, kNobody) != 0) {
    return {Step::DropUser, errno};
  }
  if (::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) != 0) return {Step::DropUser, errno};
  return {};
}

// The namespaces that need privilege over the one they leave.
void make_resource_namespaces(JailReport& report, const RootPlan& root) {
  static constexpr NamespaceStep kSteps[] = {{CLONE_NEWNET, Layer::Network, Step::NetworkNamespace},
                                             {CLONE_NEWIPC, Layer::Ipc, Step::IpcNamespace},
                                             {CLONE_NEWUTS, Layer::Uts, Step::UtsNamespace},
                                             {CLONE_NEWNS, Layer::Mount, Step::MountNamespace}};
  for (const NamespaceStep& step : kSteps) {
    Failure failure;
    if (::unshare(step.flag) != 0) failure = {step.step, errno};
    if (!failure && step.layer == Layer::Uts && ::sethostname("ucoder", 6) != 0) failure = {Step::HostName, errno};
    if (!failure && step.layer == Layer::Mount) failure = enter_root(root);
    if (failure) {
      report.failures.push_back(failure);
    } else {
      report.layers |= bit(step.layer);
    }
  }
}

void note(JailReport& report, Layer layer, const Failure& failure) {
  if (failure) {
    report.failures.push_back(failure);
  } else {
    report.layers |= bit(layer);
  }
}

}  // namespace

JailReport enter_jail(const RootPlan& root) {
  JailReport report;
  const Fd proc(::open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (has_admin_capability()) {
    // Privileged: mounts are made by root, who can reach the interpreter wherever it lies, and belong to a user
    // namespace that no worker has power over.
    make_resource_namespaces(report, root);
    // Root of a container that has no other user stays what it is: in its new user namespace that is nobody, too.
    if (::geteuid() == 0) static_cast<void>(become_nobody());
    note(report, Layer::User, make_user_namespace(proc.get()));
  } else {
    const Failure failure = make_user_namespace(proc.get());
    note(report, Layer::User, failure);
    make_resource_namespaces(report, root);
  }
  if (const Failure failure = empty_bounding_set()) report.failures.push_back(failure);
  return report;
}

}  // namespace ucoder
