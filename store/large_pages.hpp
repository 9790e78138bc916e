// Memory for what there are very many of: in large pages where the kernel has them, because a million small ones are
// otherwise paid for with a fault for each four kilobytes.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>
#include <memory_resource>
#include <new>

namespace sinkfeed {

// Any thread, as far as operator new is.
class LargePages final : public std::pmr::memory_resource {
 private:
  static constexpr std::size_t kPage = 2 << 20;

  static bool is_large(std::size_t bytes) { return bytes >= kPage / 2; }
  static std::size_t rounded(std::size_t bytes) { return (bytes + kPage - 1) / kPage * kPage; }

  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    if (!is_large(bytes) || alignment > kPage) return ::operator new(bytes, std::align_val_t(alignment));
    void* memory = std::aligned_alloc(kPage, rounded(bytes));
    if (!memory) throw std::bad_alloc();
    // Without them it is as slow as before, and as right.
    static_cast<void>(madvise(memory, rounded(bytes), MADV_HUGEPAGE));
    return memory;
  }
  void do_deallocate(void* memory, std::size_t bytes, std::size_t alignment) override {
    if (!is_large(bytes) || alignment > kPage) return ::operator delete(memory, std::align_val_t(alignment));
    std::free(memory);
  }
  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override { return this == &other; }
};

}  // namespace sinkfeed
