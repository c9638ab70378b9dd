/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The loop: what the driver does, without a clock. */
#include "harness-network.h"

#define SEED 20260101u /* of the moments at which probes are sent */
#define TURNS_MAX 2000 /* at one instant: more is going round in circles */
#define REST_MAX_US (30 * MP_USEC_PER_SEC)

/* IPMP_SCENARIO_TRACE=1: what went to and fro, to read. */
static void trace(Scenario *s, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void trace(Scenario *s, const char *format, ...)
{
    va_list arguments;
    g_autofree char *text = NULL;

    if (!s->trace)
        return;
    va_start(arguments, format);
    text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_printerr("%10.6f %s\n", (double)fake_kernel_now(s->kernel) / 1e6, text);
}

static void trace_event(Scenario *s, const MpEvent *event)
{
    MpOp op = {.kind = MP_OP_ADDRESS_ADD};
    g_autofree char *text = NULL;

    if (!s->trace)
        return;
    /* Objects are printed as operations are: the words of one will do for both. */
    if (event->kind == MP_EVENT_ADDRESS || event->kind == MP_EVENT_ADDRESS_GONE)
        op.address = event->address;
    if (event->kind == MP_EVENT_ROUTE || event->kind == MP_EVENT_ROUTE_GONE) {
        op.kind = MP_OP_ROUTE_ADD;
        op.route = event->route;
    }
    if (event->kind == MP_EVENT_NEXTHOP || event->kind == MP_EVENT_NEXTHOP_GONE) {
        op.kind = MP_OP_NEXTHOP_SET;
        op.nexthop = event->nexthop;
    }
    text = mp_op_to_string(&op);
    if (event->kind == MP_EVENT_LINK)
        trace(s, "  < link %u %s flags 0x%x", event->link.index, event->link.name,
              event->link.flags);
    else if (event->kind == MP_EVENT_OP_DONE)
        trace(s, "  < done %" G_GUINT64_FORMAT " errno %d", event->op_id, event->error);
    else
        trace(s, "  < %s port %u index %u %s", mp_event_kind_to_string(event->kind), event->port_id,
              event->index, event->kind < MP_EVENT_ADDRESS ? "" : text);
}

static void trace_op(Scenario *s, const MpOp *op)
{
    g_autofree char *text = s->trace ? mp_op_to_string(op) : NULL;

    trace(s, "> %" G_GUINT64_FORMAT " %s", op->id, text);
}

static void trace_told(Scenario *s, const Announced *told)
{
    g_autofree char *text = s->trace ? mp_address_to_string(&told->address) : NULL;

    trace(s, "! %s is at %u", text, told->index);
}

static void trace_probe(Scenario *s, const MpProbe *probe)
{
    char source[MP_ADDRESS_STRING_MAX] = "nobody", target[MP_ADDRESS_STRING_MAX];

    if (!s->trace)
        return;
    if (probe->source.family)
        mp_address_format_host(&probe->source, source);
    mp_address_format_host(&probe->target, target);
    trace(s, "? %u %s %s -> %s", probe->index, mp_probe_via_to_string(probe->via), source, target);
}

static void on_event(const MpEvent *event, gpointer user_data)
{
    Scenario *s = user_data;

    trace_event(s, event);

    if (event->kind == MP_EVENT_OP_DONE)
        scenario_op_done(s, event->op_id, event->error);
    if (s->blind && event->kind == MP_EVENT_DUMP_END)
        s->outside++; /* what others did before is known only now */
    if (event->kind == MP_EVENT_ADDRESS_GONE && !event->by_us &&
        !scenario_has_deleted(s, &event->address))
        s->outside++;
    if (s->engine)
        mp_engine_handle(s->engine, event, fake_kernel_now(s->kernel));
}

static void on_changed(FakeKernel *kernel, gpointer user_data)
{
    Scenario *s = user_data;

    if (!s->ours)
        s->outside++;
    if (s->kernel)
        scenario_check_instant(s);
}

static int on_refuse(FakeKernel *kernel, const MpOp *op, gpointer user_data)
{
    Scenario *s = user_data;

    return s->refuse ? s->refuse(kernel, op, s->refuse_data) : 0;
}

static void on_announced(const MpAction *action, gpointer user_data)
{
    Scenario *s = user_data;
    Announced told = {fake_kernel_now(s->kernel), action->announce.index, action->announce.address,
                      action->announce.n_peers};

    memcpy(told.peers, action->announce.peers, sizeof told.peers);
    trace_told(s, &told);
    g_array_append_val(s->announcements, told);
    scenario_note_told(s, &told);
}

static void on_expired(const MpIfaddr *address, gpointer user_data)
{
    scenario_release(user_data, &address->address);
}

static void free_error(gpointer error)
{
    if (error)
        g_error_free(error);
}

Scenario *scenario_new(const char *links)
{
    Scenario *s = g_new0(Scenario, 1);
    MpKernelSink sink = {on_event, NULL, s};
    FakeHooks hooks = {on_changed, on_refuse, on_announced, on_expired, network_on_probe, s};
    g_auto(GStrv) names = g_strsplit(links, " ", -1);

    s->trace = g_getenv("IPMP_SCENARIO_TRACE") != NULL;
    s->network = network_new();
    s->kernel = fake_kernel_new(&sink, &hooks);
    s->config = mp_config_new();
    s->config->defaults = mp_defaults_new();
    s->config->defaults.link_poll_ms = 0;
    s->notices = g_array_new(FALSE, FALSE, sizeof(MpNotice));
    s->ops = g_array_new(FALSE, FALSE, sizeof(MpOp));
    s->announcements = g_array_new(FALSE, FALSE, sizeof(Announced));
    s->flying = g_array_new(FALSE, FALSE, sizeof(Asked));
    s->succeeded = g_array_new(FALSE, FALSE, sizeof(Asked));
    s->told = g_hash_table_new_full(mp_address_hash, mp_address_equal_ptr, g_free, g_free);
    s->done = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, free_error);
    s->mortal = g_hash_table_new_full(mp_address_hash, mp_address_equal_ptr, g_free, NULL);
    s->known = g_hash_table_new_full(mp_address_hash, mp_address_equal_ptr, g_free, NULL);
    s->protected = g_hash_table_new_full(mp_address_hash, mp_address_equal_ptr, g_free, NULL);
    g_queue_init(&s->unstored);
    for (guint i = 0; names[i]; i++)
        scenario_plug(s, names[i]);
    /* Link-locals have long been there when a daemon starts. */
    fake_kernel_set_time(s->kernel, fake_kernel_now(s->kernel) + 2 * FAKE_DAD_US);
    return s;
}

Scenario *scenario_new_group(const char *links, const char *addresses, const char *group)
{
    Scenario *s = scenario_new(links);

    scenario_addresses(s, addresses);
    scenario_group(s, group);
    scenario_start(s);
    scenario_run(s);
    return s;
}

void scenario_free(Scenario *s)
{
    mp_engine_free(s->engine);
    g_clear_pointer(&s->record, mp_record_unref);
    g_clear_pointer(&s->held, mp_record_unref);
    g_clear_pointer(&s->learned, mp_learned_unref);
    fake_kernel_free(s->kernel);
    network_free(s->network);
    mp_config_free(s->config);
    g_array_unref(s->notices);
    g_array_unref(s->ops);
    g_array_unref(s->announcements);
    g_array_unref(s->flying);
    g_array_unref(s->succeeded);
    g_hash_table_unref(s->told);
    g_hash_table_unref(s->done);
    g_hash_table_unref(s->mortal);
    g_hash_table_unref(s->known);
    g_hash_table_unref(s->protected);
    g_queue_clear_full(&s->unstored, g_free);
    g_free(s->before);
    g_free(s->failure);
    g_free(s);
}

/* What the kernel takes along (secondaries with their primary, routes with the last address) is no
 * wish of the engine's. */
static void submit(Scenario *s, const MpOp *ops, guint n)
{
    MpKernel *door = fake_kernel_door(s->kernel);
    guint before = fake_n_addresses(s->kernel), routes = fake_n_routes(s->kernel);

    s->ours = TRUE;
    door->submit(door, ops, n);
    s->ours = FALSE;
    if (fake_n_addresses(s->kernel) + 1 < before ||
        (ops->kind == MP_OP_ADDRESS_DEL && fake_n_routes(s->kernel) < routes))
        s->outside++;
}

static void flush_ops(Scenario *s, GArray *batch)
{
    guint n;

    for (guint i = 0; i < batch->len; i += n) {
        const MpOp *ops = &g_array_index(batch, MpOp, i);
        gboolean is_route = ops->kind >= MP_OP_ROUTE_PREPEND && ops->kind <= MP_OP_ROUTE_ADD;

        /* One at a time, so that each finds what those before it left; hops belong together. */
        n = is_route && ops->route.n_hops > 1 ? MIN(ops->route.n_hops, batch->len - i) : 1;
        for (guint hop = 0; hop < n; hop++) {
            Asked asked = {ops[hop], s->outside};

            trace_op(s, &ops[hop]);
            scenario_check_op(s, &ops[hop]);
            g_array_append_val(s->flying, asked);
        }
        g_array_append_vals(s->ops, ops, n);
        submit(s, ops, n);
    }
    g_array_set_size(batch, 0);
}

static void take_record(Scenario *s, MpRecord *record)
{
    g_queue_push_tail(&s->unstored, g_memdup2(&record->serial, sizeof record->serial));
    g_clear_pointer(&s->held, mp_record_unref);
    if (s->hold_record) {
        s->held = record;
        return;
    }
    g_clear_pointer(&s->record, mp_record_unref);
    s->record = record;
}

static void take_done(Scenario *s, MpAction *action)
{
    guint64 *key = g_memdup2(&action->done.request, sizeof action->done.request);

    g_assert_false(g_hash_table_contains(s->done, key));
    if (action->done.error && (s->refuse || strstr(action->done.error->message, "refused")))
        s->undone = TRUE;
    else if (action->done.error && !s->refuse)
        scenario_fail(s, "DONE", "a request failed: %s", action->done.error->message);
    g_hash_table_insert(s->done, key, g_steal_pointer(&action->done.error));
}

static void take(Scenario *s, MpAction *action)
{
    MpKernel *door = fake_kernel_door(s->kernel);
    const guint *links;
    guint n_links;

    switch (action->kind) {
    case MP_ACTION_OP:
        break;
    case MP_ACTION_ANNOUNCE:
        door->announce(door, action, 1);
        break;
    case MP_ACTION_READ_LINKS:
        links = mp_engine_polled(s->engine, &n_links);
        door->read_links(door, links, n_links);
        break;
    case MP_ACTION_READ_SYSCTLS:
        door->read_sysctls(door, action->index);
        break;
    case MP_ACTION_READ_NEIGHBOURS:
        door->read_neighbours(door, action->index);
        break;
    case MP_ACTION_DUMP:
        door->dump(door, action->dump);
        break;
    case MP_ACTION_RECORD:
        take_record(s, g_steal_pointer(&action->record));
        break;
    case MP_ACTION_NOTICE:
        trace(s, "* %s %s %s %s -> %s", mp_notice_kind_to_string(action->notice.kind),
              mp_reason_to_string(action->notice.reason), action->notice.interface,
              action->notice.from, action->notice.to);
        g_array_append_val(s->notices, action->notice);
        if (action->notice.address.family)
            scenario_know(s, &action->notice.address);
        break;
    case MP_ACTION_DONE:
        take_done(s, action);
        break;
    }
}

static void send_probes(Scenario *s)
{
    MpKernel *door = fake_kernel_door(s->kernel);
    const MpProbe *probes;
    guint n = mp_engine_take_probes(s->engine, &probes);

    for (guint i = 0; i < n; i++)
        trace_probe(s, &probes[i]);
    if (n)
        door->probe(door, probes, n);
}

/* Whether the engine did or said anything; reading of links alone does not count, nor do probes. */
static gboolean drain_actions(Scenario *s)
{
    g_autoptr(GArray) batch = g_array_new(FALSE, FALSE, sizeof(MpOp));
    gboolean any = FALSE;
    MpAction action;

    while (mp_engine_pop(s->engine, &action)) {
        any |= action.kind != MP_ACTION_READ_LINKS;
        if (action.kind == MP_ACTION_OP) {
            g_array_append_val(batch, action.op);
        } else {
            flush_ops(s, batch);
            take(s, &action);
        }
        mp_action_clear(&action);
    }
    flush_ops(s, batch);
    return any;
}

static gboolean drain(Scenario *s)
{
    guint first = s->announcements->len;
    gboolean any = drain_actions(s);

    while (mp_engine_follow(s->engine, fake_kernel_now(s->kernel)))
        any |= drain_actions(s);
    send_probes(s);
    scenario_check_turn(s, first);
    return any;
}

void scenario_store_record(Scenario *s)
{
    guint64 *serial;

    if (s->held) {
        g_clear_pointer(&s->record, mp_record_unref);
        s->record = g_steal_pointer(&s->held);
    }
    while ((serial = g_queue_pop_head(&s->unstored))) {
        mp_engine_record_stored(s->engine, *serial, fake_kernel_now(s->kernel));
        g_free(serial);
    }
}

gboolean scenario_turn(Scenario *s)
{
    gboolean any = fake_kernel_step(s->kernel);

    if (s->unstored.length && !s->hold_record) {
        scenario_store_record(s);
        any = TRUE;
    }
    mp_engine_settle(s->engine, fake_kernel_now(s->kernel));
    return drain(s) || any;
}

void scenario_now(Scenario *s)
{
    guint turns = 0;

    while (scenario_turn(s) && !s->failure)
        if (++turns > TURNS_MAX)
            scenario_fail(s, "I2", "no rest after %u turns at one instant", turns);
}

/* As the driver does: what has come in on the probe sockets came in time. */
static void expire(Scenario *s)
{
    MpKernel *door = fake_kernel_door(s->kernel);

    if (mp_engine_probe_deadline(s->engine) <= fake_kernel_now(s->kernel))
        door->read_probes(door);
    mp_engine_expire(s->engine, fake_kernel_now(s->kernel));
}

static gboolean is_due(Scenario *s)
{
    return mp_engine_next_deadline(s->engine) <= fake_kernel_now(s->kernel);
}

gboolean scenario_jump(Scenario *s, gint64 limit_us)
{
    gint64 now_us = fake_kernel_now(s->kernel);
    gint64 next = MIN(mp_engine_next_deadline(s->engine), fake_kernel_next_deadline(s->kernel));
    guint turns = 0;

    next = MIN(next, network_deadline(s));
    if (next > limit_us)
        return FALSE;
    fake_kernel_set_time(s->kernel, MAX(next, now_us));
    network_deliver(s);
    if (is_due(s)) {
        do { /* 0: there was more to do than in one turn */
            expire(s);
            drain(s);
        } while (mp_engine_next_deadline(s->engine) == 0 && ++turns < TURNS_MAX);
        if (is_due(s))
            scenario_fail(s, "I2", "a deadline that has passed stays after expire");
    }
    scenario_now(s);
    return !s->failure;
}

void scenario_run(Scenario *s)
{
    gint64 limit_us = fake_kernel_now(s->kernel) + REST_MAX_US;

    scenario_now(s);
    while (!s->failure && !mp_engine_is_quiescent(s->engine) && scenario_jump(s, limit_us))
        ;
    if (!s->failure && !mp_engine_is_quiescent(s->engine) && !s->refusing && !s->hold_record)
        scenario_fail(s, "I2", "not at rest after %d s", (int)(REST_MAX_US / MP_USEC_PER_SEC));
    scenario_check_rest(s);
}

void scenario_advance(Scenario *s, gint64 ms)
{
    gint64 limit_us = fake_kernel_now(s->kernel) + ms * MP_USEC_PER_MSEC;

    scenario_now(s);
    while (scenario_jump(s, limit_us))
        ;
    if (!s->failure)
        fake_kernel_set_time(s->kernel, limit_us);
    scenario_now(s);
    if (mp_engine_is_quiescent(s->engine))
        scenario_check_rest(s);
}

void scenario_start(Scenario *s)
{
    static const MpCookieKey key = {{1, 2}};
    g_autoptr(GError) error = NULL;

    if (!s->before)
        s->before = fake_kernel_picture(s->kernel);
    s->engine = mp_engine_new(s->record);
    if (s->portion > 0)
        mp_engine_set_portion(s->engine, s->portion);
    mp_engine_seed(s->engine, &key, SEED);
    mp_engine_recall(s->engine, s->learned,
                     s->notices->len > 0
                         ? g_array_index(s->notices, MpNotice, s->notices->len - 1).sequence
                         : 0);
    if (s->say_again)
        mp_engine_say_again(s->engine);
    mp_engine_configure(s->engine, s->config, TRUE, 0, fake_kernel_now(s->kernel), &error);
    g_assert_no_error(error);
}

void scenario_stop(Scenario *s)
{
    MpLearned *learned =
        s->engine != NULL ? mp_engine_learned(s->engine, FALSE, fake_kernel_now(s->kernel)) : NULL;

    if (learned != NULL) {
        g_clear_pointer(&s->learned, mp_learned_unref);
        s->learned = learned;
    }
    mp_engine_free(g_steal_pointer(&s->engine));
    g_array_set_size(s->flying, 0);
    g_array_set_size(s->succeeded, 0);
    g_queue_clear_full(&s->unstored, g_free);
    g_clear_pointer(&s->held, mp_record_unref);
    while (fake_kernel_step(s->kernel))
        ;
}

void scenario_restart(Scenario *s)
{
    scenario_stop(s);
    scenario_start(s);
    scenario_run(s);
}

static void check_error(const char *what, gboolean ok, const GError *error, gint code)
{
    if (code < 0) {
        if (!ok)
            g_error("%s: refused: %s", what, error->message);
        return;
    }
    if (ok)
        g_error("%s: accepted, expected %s", what, mp_error_to_name(code));
    if (error->domain != MP_ERROR || error->code != code)
        g_error("%s: %s (%s), expected %s", what, mp_error_to_name(error->code), error->message,
                mp_error_to_name(code));
}

/* A request that was accepted has to be answered by the time all is at rest. */
static void finish_request(Scenario *s, const char *what, gboolean ok, const GError *error,
                           gint code)
{
    guint64 request = s->request;

    s->outside++;
    check_error(what, ok, error, code);
    scenario_run(s);
    if (ok && !s->failure && !s->hold_record && !g_hash_table_contains(s->done, &request))
        scenario_fail(s, "DONE", "%s: never answered", what);
}

void scenario_apply(Scenario *s, gint code)
{
    g_autoptr(GError) error = NULL;
    gboolean ok = mp_engine_configure(s->engine, s->config, FALSE, ++s->request,
                                      fake_kernel_now(s->kernel), &error);

    finish_request(s, "configure", ok, error, code);
}

void scenario_offline(Scenario *s, const char *interface, guint min_redundancy, gint code)
{
    g_autoptr(GError) error = NULL;
    gboolean ok = mp_engine_offline(s->engine, interface, min_redundancy, ++s->request,
                                    fake_kernel_now(s->kernel), &error);

    finish_request(s, "offline", ok, error, code);
}

void scenario_online(Scenario *s, const char *interface, gint code)
{
    g_autoptr(GError) error = NULL;
    gboolean ok =
        mp_engine_online(s->engine, interface, ++s->request, fake_kernel_now(s->kernel), &error);

    finish_request(s, "online", ok, error, code);
}

void scenario_forget(Scenario *s)
{
    g_array_set_size(s->ops, 0);
    g_array_set_size(s->announcements, 0);
}

int scenario_main(int argc, char **argv, const Row *rows, guint n_rows)
{
    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < n_rows; i++)
        g_test_add_func(rows[i].path, rows[i].run);
    return g_test_run();
}
