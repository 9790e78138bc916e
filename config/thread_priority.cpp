#include "config/thread_priority.hpp"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace sinkfeed {

namespace {

// As sched_setattr(2) takes it; <linux/sched/types.h> and glibc's <sched.h> cannot be included together.
struct SchedulingAttributes {
  std::uint32_t size = sizeof(SchedulingAttributes);
  std::uint32_t policy = SCHED_OTHER;
  std::uint64_t flags = 0;
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t runtime = 0, deadline = 0, period = 0;  // nanoseconds
};

void enter_with_nice(const char* name, int nice) {
  pthread_setname_np(pthread_self(), name);
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), nice);  // on Linux of this thread alone
  const sched_param none{};
  sched_setscheduler(0, SCHED_BATCH, &none);  // of this thread too
}

}  // namespace

void enter_foreground(const char* name) {
  pthread_setname_np(pthread_self(), name);
  // Since Linux 6.12 a thread has the slice it asks for, and one with a shorter slice interrupts one with a longer.
  // Older kernels ignore it.
  SchedulingAttributes attributes;
  attributes.nice = getpriority(PRIO_PROCESS, static_cast<id_t>(gettid()));
  attributes.runtime = 100'000;
  syscall(SYS_sched_setattr, 0, &attributes, 0);
}

void enter_recording(const char* name) { enter_with_nice(name, 10); }

void enter_background(const char* name) { enter_with_nice(name, 19); }

}  // namespace sinkfeed
