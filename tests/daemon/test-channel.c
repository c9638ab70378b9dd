/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whoever pushes holds up nobody of a higher priority, even if he has no turn on the processor
 * again. */
#include "channel.h"

#include <sched.h>
#include <semaphore.h>

#define RECEIVER_PRIORITY 10
#define HOG_PRIORITY 5
#define HOG_US                                                                                     \
    (300 * 1000) /* less than what the kernel leaves to all of such a priority in a second */

static struct {
    GMainContext *context;
    sem_t woken; /* the hog may begin */
    gint received, expired, ready;
} world;

static gboolean priority_set(int priority)
{
    struct sched_param parameter = {.sched_priority = priority};

    return sched_setscheduler(0, SCHED_FIFO, &parameter) == 0;
}

static gint on_poll(GPollFD *descriptors, guint n, gint timeout)
{
    gint ready;

    g_atomic_int_set(&world.ready, 1);
    ready = g_poll(descriptors, n, timeout);
    if (ready > 0)
        sem_post(&world.woken);
    return ready;
}

static void on_receive(GPtrArray *items, gpointer latest, gpointer user_data)
{
    g_atomic_int_set(&world.received, 1);
    g_ptr_array_unref(items);
}

static gpointer receiver(gpointer data)
{
    if (!priority_set(RECEIVER_PRIORITY))
        return NULL;
    while (!g_atomic_int_get(&world.received))
        g_main_context_iteration(world.context, TRUE);
    return NULL;
}

/* From the waking of the receiver on the processor is for him, until something is received. */
static gpointer hog(gpointer data)
{
    gint64 end;

    if (!priority_set(HOG_PRIORITY))
        return NULL;
    while (sem_wait(&world.woken) < 0)
        ;
    end = g_get_monotonic_time() + HOG_US;
    while (!g_atomic_int_get(&world.received) && g_get_monotonic_time() < end)
        ;
    g_atomic_int_set(&world.expired, !g_atomic_int_get(&world.received));
    return NULL;
}

/* All threads on one processor, and permitted to have a priority. */
static gboolean machine_is_fit(void)
{
    struct sched_param none = {0};
    cpu_set_t one;

    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    return sched_setaffinity(0, sizeof one, &one) == 0 && priority_set(1) &&
           sched_setscheduler(0, SCHED_OTHER, &none) == 0;
}

static void test_pushed_by_one_without_a_turn(void)
{
    IpmpdChannelSink sink = {.receive = on_receive};
    IpmpdChannel *channel = NULL;
    GThread *threads[2];

    if (!machine_is_fit()) {
        g_test_skip("no priority is permitted here");
        return;
    }
    sem_init(&world.woken, 0, 0);
    world.context = g_main_context_new();
    channel = ipmpd_channel_new(world.context, G_PRIORITY_DEFAULT, &sink);
    while (g_main_context_iteration(world.context, FALSE)) /* the attaching has woken it */
        ;
    g_main_context_set_poll_func(world.context, on_poll);
    threads[0] = g_thread_new("hog", hog, NULL);
    threads[1] = g_thread_new("receiver", receiver, NULL);
    while (!g_atomic_int_get(&world.ready))
        g_thread_yield();
    ipmpd_channel_push(channel, GINT_TO_POINTER(1));
    for (guint i = 0; i < G_N_ELEMENTS(threads); i++)
        g_thread_join(threads[i]);
    g_assert_false(g_atomic_int_get(&world.expired));
    ipmpd_channel_free(channel);
    g_main_context_unref(world.context);
    sem_destroy(&world.woken);
}

int main(int n_args, char **args)
{
    g_test_init(&n_args, &args, NULL);
    g_test_add_func("/channel/pushed-by-one-without-a-turn", test_pushed_by_one_without_a_turn);
    return g_test_run();
}
