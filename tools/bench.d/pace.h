/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the modes of pace share. Times are nanoseconds of CLOCK_MONOTONIC. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define PACE_NSEC_PER_SEC 1000000000ll

/* Numbers of which the median and the worst are wanted; the memory is there from the start, so that
 * adding never waits for a page. What is over the capacity is counted and only looked at for the
 * worst. */
typedef struct {
    uint32_t *values;
    uint64_t kept, count, worst;
} PaceSample;

int64_t pace_now_ns(void);
/* Exits with a message that names what was tried. */
void pace_fail(const char *what) __attribute__((noreturn));
void pace_say_ready(void);
/* SIGTERM or SIGINT was seen: finish and report. */
bool pace_is_stopped(void);
/* A timer that expires every `period_ns`, as a descriptor. */
int pace_timer_new(int64_t period_ns);

void pace_sample_init(PaceSample *sample);
void pace_sample_clear(PaceSample *sample);
void pace_sample_add(PaceSample *sample, uint64_t value);
/* The value that `share` of all are not above; sorts. */
uint32_t pace_sample_quantile(PaceSample *sample, double share);

/* RATE echo requests a second, to each of `targets` in turn. seconds of 0: until SIGTERM. */
int pace_icmp(double rate, double seconds, char *const *targets, unsigned n_targets);
/* Echo requests that leave this network namespace: how long after they were due, when each device
 * has one in each interval and all of them share a grid of `tick_us`. */
int pace_capture(int64_t tick_us, int64_t interval_us);
