#include "base/region.h"

#include <fcntl.h>
#include <sys/mman.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace ucoder {
namespace {

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

std::byte* map_shared(int fd, std::size_t bytes) {
  void* address = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
  if (address == MAP_FAILED) fail("mapping the shared region");
  return static_cast<std::byte*>(address);
}

}  // namespace

Region Region::create(std::size_t bytes) {
  Region region;
  region.fd_ = Fd(::memfd_create("ucoder-lane", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!region.fd_.valid()) fail("creating the shared region");
  if (::ftruncate(region.fd_.get(), static_cast<off_t>(bytes)) != 0) fail("sizing the shared region");
  if (::fcntl(region.fd_.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
    fail("sealing the shared region");
  }
  region.data_ = map_shared(region.fd_.get(), bytes);
  region.bytes_ = bytes;
  return region;
}

Region Region::attach(int fd, std::size_t bytes) {
  Region region;
  region.fd_ = Fd(fd);
  region.data_ = map_shared(fd, bytes);
  region.bytes_ = bytes;
  return region;
}

Region::Region(Region&& other) noexcept
    : fd_(std::move(other.fd_)), data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

Region& Region::operator=(Region&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

Region::~Region() {
  if (data_ != nullptr) ::munmap(data_, bytes_);
}

void Region::punch() const {
  if (::fallocate(fd_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(bytes_)) != 0) {
    fail("emptying the shared region");
  }
}

}  // namespace ucoder
