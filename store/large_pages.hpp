// Memory for what there are very many of: in large pages where the kernel has them, because a million small ones are
// otherwise paid for with a fault for each four kilobytes.
#pragma once

#include <malloc.h>
#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory_resource>
#include <new>

namespace sinkfeed {

inline constexpr std::size_t kLargePage = 2 << 20;

// Makes room in a string or vector, in large pages if that is much: of each small page that it grows into, the first
// touch costs as much as writing it.
template <class Container>
void reserve_large(Container& container, std::size_t count) {
  container.reserve(count);
  const auto begin = reinterpret_cast<std::uintptr_t>(container.data());
  const std::uintptr_t first = (begin + kLargePage - 1) / kLargePage * kLargePage,
                       last = (begin + container.capacity() * sizeof(*container.data())) / kLargePage * kLargePage;
  if (last > first) static_cast<void>(madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE));
}

// From now on, buffers of that size and more go back to the system when they are freed; by default malloc keeps what is
// as large as the largest that it has seen. Once, before there are threads.
inline void return_large_buffers() { mallopt(M_MMAP_THRESHOLD, 2 * static_cast<int>(kLargePage)); }

// Any thread, as far as operator new is.
class LargePages final : public std::pmr::memory_resource {
 private:
  static constexpr std::size_t kPage = kLargePage;

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
