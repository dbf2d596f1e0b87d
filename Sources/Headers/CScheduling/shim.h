#ifndef HOMEROOM_CSCHEDULING_H
#define HOMEROOM_CSCHEDULING_H
#include <linux/sched/types.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

// How long this thread, and those that it starts, have the processor at a stretch while others wait for it, in nanoseconds; 0 for what the
// system gives everybody. The C library has no function for it, and `syscall` is variadic. Source: sched_setattr(2),
// sched_attr.sched_runtime.
static inline void homeroom_set_slice(uint64_t nanoseconds) {
    struct sched_attr attributes = {.size = sizeof attributes};
    if (syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0)) return;
    attributes.sched_runtime = nanoseconds;
    syscall(SYS_sched_setattr, 0, &attributes, 0);
}

#endif
