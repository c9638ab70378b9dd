/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "realtime.h"

#include <errno.h>
#include <malloc.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#define PRIORITY 10
#define CAP_IPC_LOCK_BIT 14 /* capabilities(7) */
#define STACK_BYTES (256u << 10)
#define HEAP_BYTES (512u << 10)

/* Whether CAP_IPC_LOCK is in force. */
static gboolean lock_is_permitted(void)
{
    g_autofree char *status = NULL;
    const char *line = NULL;

    if (!g_file_get_contents("/proc/thread-self/status", &status, NULL, NULL))
        return FALSE;
    line = strstr(status, "\nCapEff:");
    return line != NULL &&
           (g_ascii_strtoull(line + strlen("\nCapEff:"), NULL, 16) >> CAP_IPC_LOCK_BIT & 1) != 0;
}

static gboolean memory_may_be_locked(void)
{
    struct rlimit limit = {0};

    return (getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur == RLIM_INFINITY) ||
           lock_is_permitted();
}

/* With a limit, locking all future memory would make some later malloc() fail: then rather none.
 * What comes later is locked when it is touched: else each thread's stack of 8 MiB would be
 * present. */
static void memory_lock(GString *problems)
{
    if (!memory_may_be_locked())
        g_string_append(problems, "memory is not locked (neither CAP_IPC_LOCK nor an unlimited "
                                  "RLIMIT_MEMLOCK); ");
    else if (mlockall(MCL_CURRENT) < 0 || mlockall(MCL_FUTURE | MCL_ONFAULT) < 0)
        g_string_append_printf(problems, "memory is not locked (%s); ", g_strerror(errno));
}

G_GNUC_NO_INLINE static void stack_prefault(void)
{
    volatile char stack[STACK_BYTES];

    for (gsize i = 0; i < sizeof stack; i += 1024)
        stack[i] = 0;
}

/* The allocator keeps what it once had: a failover must not wait for pages. */
static void heap_prefault(void)
{
    char *heap = NULL;

    mallopt(M_MMAP_THRESHOLD, 4 << 20);
    mallopt(M_TRIM_THRESHOLD, 16 << 20);
    heap = g_malloc(HEAP_BYTES);
    memset(heap, 1, HEAP_BYTES);
    /* Or the compiler drops the writing. */
    __asm__ volatile("" : : "r"(heap) : "memory");
    g_free(heap);
}

static void priority_raise(GString *problems)
{
    struct sched_param parameter = {.sched_priority = PRIORITY};
    int policy = sched_getscheduler(0);

    /* By the service manager: see seat.h. */
    if (policy >= 0 && (policy & ~SCHED_RESET_ON_FORK) == SCHED_FIFO)
        return;
    /* 0 is the calling thread alone. */
    if (sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &parameter) < 0)
        g_string_append_printf(problems, "priority is not raised (%s); ", g_strerror(errno));
}

char *ipmpd_realtime_enter(void)
{
    GString *problems = g_string_new(NULL);

    memory_lock(problems);
    stack_prefault();
    heap_prefault();
    priority_raise(problems);
    if (problems->len == 0)
        return g_string_free(problems, TRUE);
    g_string_append(problems, "a busy host may delay a failover");
    return g_string_free(problems, FALSE);
}
