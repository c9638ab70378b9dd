/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Random streams of what can happen to a host, with every invariant checked whenever it comes to
 * rest. A stream that fails is shrunk to the shortest list of events that still fails and printed.
 * The seeds are fixed, so that a run proves what another did; IPMP_RANDOM_SLOW (tests/run --slow):
 * ten million events in the four processes of meson.build, then new seeds. IPMP_RANDOM_FIRST: the
 * first of a process; IPMP_RANDOM_SEED: that of whoever looks for more; IPMP_RANDOM_EVENTS: how
 * many events in all; IPMP_RANDOM_STEPS: the printed list once more, with IPMP_SCENARIO_TRACE=1 to
 * see it all; IPMP_RANDOM_GENERATION=1, 2: those of the first generations alone; 4: more. */
#include "random-world.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define STREAM_LENGTH 200
#define STREAM_CPU_S                                                                               \
    20 /* the longest takes a tenth of a second: more is going round in circles                    \
        */
/* Four looks at the settings of devices that were replaced under their own numbers, too: what was
 * on its way to the old one may have reached the new one. */
#define GENERATION 3

/* The first violation, or NULL. */
static char *run(const Step *steps, guint n_steps, guint generation, guint32 seed)
{
    g_autoptr(World) w = world_new(generation, seed);
    Scenario *s = w->s;

    for (guint i = 0; i < n_steps && !s->failure && (generation > 1 || !s->undone); i++) {
        world_step(w, &steps[i]);
        if (s->ops->len > 500)
            scenario_forget(s);
    }
    world_end(w);
    return g_strdup(s->failure);
}

/* In a child, so that a crash is a finding like any other. NULL: all is well. */
static char *try(const Step *steps, guint n_steps, guint generation, guint32 seed)
{
    char text[600] = "";
    int pipes[2], status;
    ssize_t got;
    pid_t child;

    g_assert_cmpint(pipe(pipes), ==, 0);
    fflush(NULL);
    child = fork();
    g_assert_cmpint(child, >=, 0);
    if (child == 0) {
        const struct rlimit limit = {STREAM_CPU_S, STREAM_CPU_S};
        g_autofree char *failure = NULL;

        g_assert_cmpint(setrlimit(RLIMIT_CPU, &limit), ==, 0);
        failure = run(steps, n_steps, generation, seed);
        if (failure && write(pipes[1], failure, strlen(failure)) < 0)
            _exit(3);
        _exit(failure ? 1 : 0);
    }
    close(pipes[1]);
    got = read(pipes[0], text, sizeof text - 1);
    close(pipes[0]);
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    if (WIFSIGNALED(status))
        return g_strdup_printf("died of signal %d", WTERMSIG(status));
    return WEXITSTATUS(status) == 0 ? NULL : g_strdup(got > 0 ? text : "ended badly");
}

static guint32 next(guint32 *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static void make(Step *steps, guint generation, guint32 seed)
{
    guint total = 0, n = generation == 1 ? N_DOS_FIRST : generation == 2 ? N_DOS_SECOND : N_DOS;

    for (guint i = 0; i < n; i++)
        total += dos[i].weight;
    for (guint i = 0; i < STREAM_LENGTH; i++) {
        guint pick = next(&seed) % total;

        steps[i] = (Step){0, next(&seed), next(&seed)};
        while (pick >= dos[steps[i].what].weight)
            pick -= dos[steps[i].what++].weight;
        steps[i].a %= 24;
        steps[i].b %= 24;
    }
}

/* Leave out ever smaller pieces while what is left still breaks the same invariant. */
static guint shrink(Step *steps, guint n, guint generation, guint32 seed, char **failure)
{
    for (guint piece = n / 2; piece; piece /= 2) {
        for (guint at = 0; at + piece <= n;) {
            g_autofree Step *fewer = g_memdup2(steps, n * sizeof *steps);
            g_autofree char *seen = NULL;

            memmove(fewer + at, fewer + at + piece, (n - at - piece) * sizeof *steps);
            seen = try(fewer, n - piece, generation, seed);
            if (!seen || strncmp(seen, *failure, 3)) {
                at += piece;
                continue;
            }
            n -= piece;
            memcpy(steps, fewer, n * sizeof *steps);
            g_free(*failure);
            *failure = g_steal_pointer(&seen);
        }
    }
    return n;
}

static void report(const Step *steps, guint n, guint generation, guint32 seed, const char *failure)
{
    g_printerr("generation %u, seed %u: %s\n", generation, seed, failure);
    for (guint i = 0; i < n; i++)
        g_printerr("%s%s %u %u", i ? ", " : "  ", dos[steps[i].what].name, steps[i].a, steps[i].b);
    g_printerr("\n");
}

static guint64 from_environment(const char *name, guint64 otherwise)
{
    const char *text = g_getenv(name);

    return text ? g_ascii_strtoull(text, NULL, 10) : otherwise;
}

static guint32 find_first_seed(void)
{
    return (guint32)from_environment("IPMP_RANDOM_SEED", from_environment("IPMP_RANDOM_FIRST", 1));
}

/* "unplug 1 9, rest 0 0" */
static Step *parse(const char *text, guint *out_n)
{
    g_auto(GStrv) words = g_strsplit(text, ",", -1);
    guint n = *out_n = g_strv_length(words);
    Step *steps = g_new0(Step, n + 1);

    for (guint i = 0; i < n; i++) {
        char name[20] = "";

        g_assert_cmpint(sscanf(words[i], " %19s %u %u", name, &steps[i].a, &steps[i].b), ==, 3);
        while (steps[i].what < N_DOS && !g_str_equal(dos[steps[i].what].name, name))
            steps[i].what++;
        g_assert_cmpuint(steps[i].what, <, N_DOS);
    }
    return steps;
}

/* IPMP_RANDOM_STEPS: these, with IPMP_RANDOM_SEED, in this process. */
static void replay(const char *text, guint generation)
{
    guint n;
    g_autofree Step *steps = parse(text, &n);
    g_autofree char *failure = run(steps, n, generation, find_first_seed());

    if (failure)
        g_test_fail_printf("%s", failure);
}

/* Of each of four processes (meson.build). The sanitizers take ten times as long: the plain build
 * has the numbers. */
#ifdef __SANITIZE_ADDRESS__
#define N_EVENTS 5000
#define N_EVENTS_SLOW 100000
#else
#define N_EVENTS 250000
#define N_EVENTS_SLOW 2500000
#endif

/* FALSE: one has failed. */
static gboolean run_streams(guint generation, guint32 seed, guint64 n_events)
{
    g_test_message("seed %u, %" G_GUINT64_FORMAT " events", seed, n_events);
    for (guint64 done = 0; done < n_events; done += STREAM_LENGTH, seed++) {
        Step steps[STREAM_LENGTH];
        g_autofree char *failure = NULL;

        make(steps, generation, seed);
        failure = try(steps, STREAM_LENGTH, generation, seed);
        if (!failure)
            continue;

        guint n = shrink(steps, STREAM_LENGTH, generation, seed, &failure);

        report(steps, n, generation, seed, failure);
        g_test_fail_printf("seed %u: %s", seed, failure);
        return FALSE;
    }
    return TRUE;
}

static void streams(void)
{
    gboolean slow = g_getenv("IPMP_RANDOM_SLOW") && !g_getenv("IPMP_RANDOM_SEED");
    guint64 n_events = from_environment("IPMP_RANDOM_EVENTS", slow ? N_EVENTS_SLOW : N_EVENTS);
    guint generation = (guint)from_environment("IPMP_RANDOM_GENERATION", GENERATION);

    if (g_getenv("IPMP_RANDOM_STEPS"))
        replay(g_getenv("IPMP_RANDOM_STEPS"), generation);
    else if (run_streams(generation, find_first_seed(), n_events) && slow)
        run_streams(generation, g_random_int(), N_EVENTS);
}

static void expect_clean(guint generation, guint32 seed)
{
    Step steps[STREAM_LENGTH];
    g_autofree char *failure = NULL;

    make(steps, generation, seed);
    failure = try(steps, STREAM_LENGTH, generation, seed);
    if (failure)
        g_test_fail_printf("generation %u, seed %u: %s", generation, seed, failure);
}

static void expect_clean_steps(guint generation, guint32 seed, const char *text)
{
    guint n;
    g_autofree Step *steps = parse(text, &n);
    g_autofree char *failure = try(steps, n, generation, seed);

    if (failure)
        g_test_fail_printf("generation %u, seed %u, %s: %s", generation, seed, text, failure);
}

/* Streams that once failed: an address that was to come back to where it was just being deleted
 * (the first eight but 22082); a primary deleted where secondaries are not promoted yet (22082); a
 * route flushed while the answer to its making was on its way (14317); a first word taken for said
 * (1513, 46271); a device gone while messages were lost, its address withdrawn (58579); the form of
 * one that is there again (64301); a group refused for want of a member that was lost without a
 * word (401048).
 * Of the second generation: an address told for a device that lost IPv6 before it had it (2001192);
 * a refusal forgotten with the route that waited for its end (3000323); the test's own error: what
 * was taken back, and asked for again by the next life (7001696); what a deaf one could not know
 * (7002955); a conviction of an earlier life that came up late, where nobody else is (890876); an
 * offline member whose address the others refuse (2012399).
 * Of the third as they were shrunk, since its kinds of steps may become more. */
static void once_failed(void)
{
    static const struct {
        guint generation, seed;
        const char *steps;
    } third[] = {
        /* One address on two members at once, one of which finds itself on the other. */
        {3, 1001491, "temporary 17 10, hwaddr 10 11, temporary 4 7, restart 19 15"},
        {3, 1002274, "temporary 1 17, lease 12 7, offline 1 7, time 1 12, temporary 20 2"},
        {3, 1008534, "enslave 7 9, temporary 18 1, temporary 7 10"},
        {3, 4775, "standby 19 23, probing 23 2, rest 10 2, looked-for 7 11, looked-for 18 17"},
        /* A reading that lacks all but its end. */
        {3, 3010569,
         "mtu 16 12, setting 4 12, restart 7 18, group 5 13, nameless 22 0, turn 20 15"},
        /* ... and what somebody sets before the next one is his. */
        {3, 3902873982,
         "unplug 0 13, rest 14 11, mtu 14 19, standby 1 10, overflow 11 21, rest 13 15, setting 2 "
         "15"},
        /* Declared and not any more, before it was anywhere; then somebody else puts it there. */
        {3, 1008830, "declare 18 18, declare 18 14, address-add 6 18"},
        {3, 10105, "declare 21 4, prefix 7 17, declare 21 16"},
        /* A route by a source that is nowhere. */
        {3, 6007,
         "replug 0 3, enslave 12 9, ipv6 7 18, admin 8 15, rest 0 23, ours-gone 16 3, "
         "enslave 7 22, refuse 8 8, kill 7 18, declare 0 15, rest 14 15"},
        /* Given back on a member that leaves, and declared anew where nobody can have it. */
        {3, 192,
         "unplug 6 18, lease 13 10, mtu 2 6, time 17 17, member 18 12, declare 2 20, member 13 7, "
         "rest 0 6, declare 6 14"},
        /* A refusal that was out of date when it came. */
        {3, 1004302, "rename 1 4, ipv6 14 21, netns 18 16, turn 13 1, ipv6 20 7"},
        /* A new device under its old number, of which nobody was told before its member left. */
        {4, 1008208, "setting 11 3, kill 13 12, replug 23 12, overflow 5 0, member 11 21"}};
    static const guint32 first[] = {7144,  11531, 14746, 16308, 21064, 22082, 31375, 32183,
                                    14317, 1513,  46271, 58579, 64301, 87231, 401048};
    static const guint32 second[] = {2001192, 3000323, 7001696, 7002955, 890876, 2012399};

    for (guint i = 0; i < G_N_ELEMENTS(first); i++)
        expect_clean(1, first[i]);
    for (guint i = 0; i < G_N_ELEMENTS(second); i++)
        expect_clean(2, second[i]);
    for (guint i = 0; i < G_N_ELEMENTS(third); i++)
        expect_clean_steps(third[i].generation, third[i].seed, third[i].steps);
}

static const Row rows[] = {{"/random/once-failed", once_failed}, {"/random/streams", streams}};

int main(int argc, char **argv)
{
    return scenario_main(argc, argv, rows, G_N_ELEMENTS(rows));
}
