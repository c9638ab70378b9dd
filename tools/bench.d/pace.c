/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pace: the simplest thing that keeps time, sends echo requests, or watches when others send them.
 *
 *   pace timer PERIOD_US [PRIORITY]      sleep until each multiple of PERIOD_US, how late it wakes;
 *                                        with a PRIORITY under SCHED_FIFO
 *   pace icmp RATE SECONDS TARGET...     echo requests, to the targets in turn, on a 1 ms timer
 *   pace capture TICK_US                 echo requests leaving here: how far behind a grid of
 * TICK_US pace burn                            one processor
 *
 * Each says "ready" once it is under way; SIGTERM ends it, with a report as JSON. */
#include "pace.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define CAPACITY (4u << 20)

static volatile sig_atomic_t stopped;

static void on_stop(int number)
{
    stopped = 1;
}

bool pace_is_stopped(void)
{
    return stopped != 0;
}

int64_t pace_now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * PACE_NSEC_PER_SEC + now.tv_nsec;
}

void pace_fail(const char *what)
{
    fprintf(stderr, "pace: %s: %s\n", what, strerror(errno));
    exit(1);
}

void pace_say_ready(void)
{
    printf("ready\n");
    fflush(stdout);
}

static struct timespec timespec_of(int64_t ns)
{
    return (struct timespec){ns / PACE_NSEC_PER_SEC, ns % PACE_NSEC_PER_SEC};
}

int pace_timer_new(int64_t period_ns)
{
    struct itimerspec period = {timespec_of(period_ns), timespec_of(period_ns)};
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);

    if (timer < 0 || timerfd_settime(timer, 0, &period, NULL) < 0)
        pace_fail("a timer");
    return timer;
}

void pace_sample_init(PaceSample *sample)
{
    *sample = (PaceSample){.values = malloc(CAPACITY * sizeof *sample->values)};
    if (sample->values == NULL)
        pace_fail("memory");
    memset(sample->values, 0xff, CAPACITY * sizeof *sample->values);
}

void pace_sample_clear(PaceSample *sample)
{
    free(sample->values);
    *sample = (PaceSample){0};
}

void pace_sample_add(PaceSample *sample, uint64_t value)
{
    if (sample->kept < CAPACITY)
        sample->values[sample->kept++] = value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
    sample->count++;
    if (value > sample->worst)
        sample->worst = value;
}

static int compare(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

    return (left > right) - (left < right);
}

uint32_t pace_sample_quantile(PaceSample *sample, double share)
{
    if (sample->kept == 0)
        return 0;
    qsort(sample->values, sample->kept, sizeof *sample->values, compare);
    return sample->values[(uint64_t)((double)(sample->kept - 1) * share)];
}

static int run_timer(int64_t period_ns, int priority)
{
    struct sched_param parameter = {.sched_priority = priority};
    int64_t next = pace_now_ns();
    uint64_t skipped = 0;
    PaceSample late;

    pace_sample_init(&late);
    /* As the service does; where that is not permitted, pages may be waited for. */
    mlockall(MCL_CURRENT | MCL_FUTURE);
    if (priority > 0 && sched_setscheduler(0, SCHED_FIFO, &parameter) < 0)
        pace_fail("SCHED_FIFO");
    pace_say_ready();
    next = (pace_now_ns() / period_ns + 1) * period_ns;
    while (!pace_is_stopped()) {
        struct timespec until = timespec_of(next);
        int64_t now;

        if (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) != 0)
            continue;
        now = pace_now_ns();
        pace_sample_add(&late, (uint64_t)(now - next) / 1000);
        skipped += (uint64_t)((now - next) / period_ns);
        next += ((now - next) / period_ns + 1) * period_ns;
    }
    printf("{\"count\": %llu, \"skipped\": %llu, \"median_us\": %u, \"p999_us\": %u, \"worst_us\": "
           "%llu}\n",
           (unsigned long long)late.count, (unsigned long long)skipped,
           pace_sample_quantile(&late, 0.5), pace_sample_quantile(&late, 0.999),
           (unsigned long long)late.worst);
    pace_sample_clear(&late);
    return 0;
}

static int run_burn(void)
{
    volatile uint64_t turns = 0;

    pace_say_ready();
    while (!pace_is_stopped())
        turns++;
    printf("{\"turns\": %llu}\n", (unsigned long long)turns);
    return 0;
}

static double number(const char *text, double least)
{
    char *end = NULL;
    double value = strtod(text, &end);

    if (end == text || *end != '\0' || !(value >= least)) {
        fprintf(stderr, "pace: '%s' is not a number of at least %g\n", text, least);
        exit(2);
    }
    return value;
}

int main(int n_args, char **args)
{
    struct sigaction stop = {.sa_handler = on_stop};
    const char *mode = n_args > 1 ? args[1] : "";

    sigaction(SIGTERM, &stop, NULL);
    sigaction(SIGINT, &stop, NULL);
    if (strcmp(mode, "timer") == 0 && (n_args == 3 || n_args == 4))
        return run_timer((int64_t)(number(args[2], 1) * 1000),
                         n_args == 4 ? (int)number(args[3], 1) : 0);
    if (strcmp(mode, "icmp") == 0 && n_args >= 5)
        return pace_icmp(number(args[2], 1), number(args[3], 0), args + 4, (unsigned)n_args - 4);
    if (strcmp(mode, "capture") == 0 && n_args == 4)
        return pace_capture((int64_t)number(args[2], 1), (int64_t)number(args[3], 1));
    if (strcmp(mode, "burn") == 0 && n_args == 2)
        return run_burn();
    fprintf(stderr, "usage: pace timer PERIOD_US [PRIORITY]\n"
                    "       pace icmp RATE SECONDS TARGET...\n"
                    "       pace capture TICK_US INTERVAL_US\n"
                    "       pace burn\n");
    return 2;
}
