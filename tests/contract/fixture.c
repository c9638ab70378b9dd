/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fixture.h"

#define DEADLINE_S 5

static void on_event(const MpEvent *event, gpointer user_data)
{
    Fixture *fixture = user_data;
    g_array_append_val(fixture->events, *event);
}

static void on_batch(gpointer user_data)
{
    Fixture *fixture = user_data;
    fixture->batches++;
}

Fixture *fixture_new(void)
{
    Fixture *fixture = g_new0(Fixture, 1);
    fixture->context = g_main_context_new();
    fixture->events = g_array_new(FALSE, FALSE, sizeof(MpEvent));
    MpKernelSink sink = {on_event, on_batch, fixture};
    fixture_kernel_open(fixture, &sink);
    /* As the engine does: nothing is known before the first full dump. */
    fixture_dump(fixture, MP_DUMP_ALL);
    fixture_forget(fixture);
    return fixture;
}

void fixture_free(Fixture *fixture)
{
    fixture_kernel_close(fixture);
    g_array_unref(fixture->events);
    g_main_context_unref(fixture->context);
    g_free(fixture);
}

static gboolean on_deadline(gpointer user_data)
{
    *(gboolean *)user_data = TRUE;
    return G_SOURCE_CONTINUE;
}

gboolean fixture_run_until(Fixture *fixture, FixturePredicate predicate, gpointer user_data)
{
    gboolean late = FALSE;
    GSource *deadline = g_timeout_source_new_seconds(DEADLINE_S);
    g_source_set_callback(deadline, on_deadline, &late, NULL);
    g_source_attach(deadline, fixture->context);
    gboolean holds = predicate(fixture, user_data);
    while (!holds && !late && fixture_kernel_may_tell(fixture)) {
        g_main_context_iteration(fixture->context, TRUE);
        holds = predicate(fixture, user_data);
    }
    g_source_destroy(deadline);
    g_source_unref(deadline);
    return holds;
}

guint fixture_count(Fixture *fixture, MpEventKind kind)
{
    guint n = 0;
    while (fixture_event(fixture, kind, n) != NULL)
        n++;
    return n;
}

const MpEvent *fixture_event(Fixture *fixture, MpEventKind kind, guint n)
{
    for (guint i = 0; i < fixture->events->len; i++) {
        const MpEvent *event = &g_array_index(fixture->events, MpEvent, i);
        if (event->kind == kind && n-- == 0)
            return event;
    }
    return NULL;
}

void fixture_forget(Fixture *fixture)
{
    g_array_set_size(fixture->events, 0);
    fixture->batches = 0;
}

typedef struct {
    MpDump left;
    guint first; /* events from here on are looked at */
} DumpWait;

/* A dump that was interrupted is asked for again, as the engine does. */
static gboolean dump_is_done(Fixture *fixture, gpointer user_data)
{
    DumpWait *wait = user_data;
    for (; wait->first < fixture->events->len; wait->first++) {
        const MpEvent *event = &g_array_index(fixture->events, MpEvent, wait->first);
        if (event->kind == MP_EVENT_DUMP_END && event->error == 0)
            wait->left &= ~event->dump;
        else if (event->kind == MP_EVENT_DUMP_END)
            fixture->kernel->dump(fixture->kernel, event->dump);
    }
    return wait->left == 0;
}

void fixture_dump(Fixture *fixture, MpDump what)
{
    DumpWait wait = {what, fixture->events->len};
    fixture->kernel->dump(fixture->kernel, what);
    g_assert_true(fixture_run_until(fixture, dump_is_done, &wait));
}

typedef struct {
    guint64 last;
    int error;
} AnswerWait;

static gboolean is_answered(Fixture *fixture, gpointer user_data)
{
    AnswerWait *wait = user_data;
    const MpEvent *event;
    for (guint n = 0; (event = fixture_event(fixture, MP_EVENT_OP_DONE, n)) != NULL; n++)
        if (event->op_id == wait->last) {
            wait->error = event->error;
            return TRUE;
        }
    return FALSE;
}

int fixture_submit(Fixture *fixture, const MpOp *ops, guint n_ops)
{
    g_autofree MpOp *sent = g_memdup2(ops, n_ops * sizeof *ops);
    for (guint i = 0; i < n_ops; i++)
        sent[i].id = ++fixture->last_op_id;
    AnswerWait wait = {.last = fixture->last_op_id};
    fixture->kernel->submit(fixture->kernel, sent, n_ops);
    g_assert_true(fixture_run_until(fixture, is_answered, &wait));
    return wait.error;
}
