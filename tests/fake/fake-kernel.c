/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The door, the queues behind it, dumps and time. */
#include "fake-private.h"

static guint64 next_random(guint32 *state)
{
    /* xorshift: the mixing must be the same on every machine. */
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static void push(GQueue *queue, const MpEvent *event)
{
    g_queue_push_tail(queue, g_memdup2(event, sizeof *event));
}

void fake_changed(FakeKernel *fake)
{
    fake->generation++;
    if (fake->hooks.changed)
        fake->hooks.changed(fake, fake->hooks.user_data);
}

void fake_notify(FakeKernel *fake, const MpEvent *event, guint32 port_id)
{
    MpEvent told = *event;

    told.port_id = port_id;
    told.by_us = port_id == FAKE_OUR_PORT;
    push(&fake->notices, &told);
}

void fake_tell_address(FakeKernel *fake, MpEventKind kind, const FakeAddress *address,
                       guint32 port_id)
{
    MpEvent event = {.kind = kind, .address = fake_address_now(fake, address)};

    fake_notify(fake, &event, port_id);
}

/* The door's tables of its own: of others' routes in them it does not tell. */
static gboolean is_watched(const MpRoute *route)
{
    return mp_table_is_ours(route->table) ? route->protocol == MP_PROTOCOL
                                          : route->table != MP_TABLE_LOCAL;
}

void fake_tell_route(FakeKernel *fake, MpEventKind kind, const FakeRoute *route, guint32 port_id,
                     gboolean replaced)
{
    if (!is_watched(&route->hops[0]))
        return;
    for (guint i = 0; i < route->n_hops; i++) {
        MpEvent event = {.kind = kind, .replaced = replaced, .route = route->hops[i]};

        event.route.stamp_us = fake->now_us;
        if (event.route.has_expires)
            event.route.expires_s = (guint32)((route->expires_us - fake->now_us) / 1000000);
        fake_notify(fake, &event, port_id);
    }
}

void fake_tell_nexthop(FakeKernel *fake, MpEventKind kind, const MpNexthop *nexthop,
                       guint32 port_id)
{
    MpEvent event = {.kind = kind, .nexthop = *nexthop};

    fake_notify(fake, &event, port_id);
}

/* Dumps. */

/* What others refer to comes before them. */
static const MpDump dump_order[] = {MP_DUMP_LINKS,    MP_DUMP_ADDRESSES, MP_DUMP_RULES,
                                    MP_DUMP_NEXTHOPS, MP_DUMP_ROUTES,    MP_DUMP_FIXED};

static void dump_begin(FakeKernel *fake, MpDump kind)
{
    MpEvent event = {.kind = MP_EVENT_DUMP_BEGIN, .dump = kind};

    push(&fake->notices, &event);
}

static void dump_end(FakeKernel *fake, MpDump kind)
{
    MpEvent event = {.kind = MP_EVENT_DUMP_END, .dump = kind};

    if (fake->failing_dumps) {
        fake->failing_dumps--;
        event.error = EINTR;
    }
    push(&fake->notices, &event);
}

/* A dump that is going to fail has holes. */
static gboolean is_told(const FakeKernel *fake, guint n)
{
    return !fake->failing_dumps || n & 1;
}

static void dump_links(FakeKernel *fake)
{
    for (guint i = 0; i < fake->links->len; i++) {
        MpEvent event = {.kind = MP_EVENT_LINK, .link = ((FakeLink *)fake->links->pdata[i])->link};

        if (is_told(fake, i))
            fake_notify(fake, &event, 0);
    }
}

static void dump_rules(FakeKernel *fake)
{
    for (guint i = 0; i < fake->rules->len; i++) {
        MpEvent event = {.kind = MP_EVENT_RULE, .rule = *(MpRule *)fake->rules->pdata[i]};

        if (is_told(fake, i))
            fake_notify(fake, &event, 0);
    }
}

static void dump_fixed(FakeKernel *fake)
{
    for (guint i = 0; i < fake->fixed->len; i++) {
        MpEvent event = {.kind = MP_EVENT_FIXED, .fixed = g_array_index(fake->fixed, MpFixed, i)};

        if (is_told(fake, i))
            fake_notify(fake, &event, 0);
    }
}

static void dump_one(FakeKernel *fake, MpDump kind)
{
    dump_begin(fake, kind);
    if (kind == MP_DUMP_LINKS)
        dump_links(fake);
    for (guint i = 0; kind == MP_DUMP_ADDRESSES && i < fake->addresses->len; i++)
        if (is_told(fake, i))
            fake_tell_address(fake, MP_EVENT_ADDRESS, fake->addresses->pdata[i], 0);
    for (guint i = 0; kind == MP_DUMP_ROUTES && i < fake->routes->len; i++)
        if (is_told(fake, i))
            fake_tell_route(fake, MP_EVENT_ROUTE, fake->routes->pdata[i], 0, FALSE);
    for (guint i = 0; kind == MP_DUMP_NEXTHOPS && i < fake->nexthops->len; i++)
        if (is_told(fake, i))
            fake_tell_nexthop(fake, MP_EVENT_NEXTHOP, fake->nexthops->pdata[i], 0);
    if (kind == MP_DUMP_RULES)
        dump_rules(fake);
    if (kind == MP_DUMP_FIXED)
        dump_fixed(fake);
    dump_end(fake, kind);
}

/* The door. */

static gboolean is_nameless(const FakeKernel *fake, guint index, guint key)
{
    const FakeLink *link = index ? fake_link_find(fake, index) : NULL;
    guint without = link && link->link.mtu < 1280 ? FAKE_NAMELESS_IPV6 : 0;

    return link && key + MAX(link->nameless, without) >= MP_SYSCTL_FIRST_GLOBAL;
}

int fake_kernel_apply(FakeKernel *fake, const MpOp *op, guint32 port_id)
{
    switch (op->kind) {
    case MP_OP_SYSCTL_SET:
        if (op->sysctl.index && !fake_link_find(fake, op->sysctl.index))
            return ENODEV;
        if (is_nameless(fake, op->sysctl.index, op->sysctl.key))
            return ENOENT;
        fake_sysctl_set(fake, op->sysctl.index, op->sysctl.key, op->sysctl.value);
        return 0;
    case MP_OP_ADDRESS_ADD:
        return fake_address_set(fake, &op->address, port_id);
    case MP_OP_ADDRESS_DEL:
        return fake_address_del(fake, &op->address, port_id);
    case MP_OP_NEXTHOP_SET:
        if (op->exclusive && fake_nexthop_find(fake, op->nexthop.id))
            return 0; /* the door takes it for done */
        return fake_nexthop_set(fake, &op->nexthop, port_id);
    case MP_OP_NEXTHOP_DEL:
        return fake_nexthop_del(fake, op->nexthop.id, port_id);
    case MP_OP_ROUTE_PREPEND:
    case MP_OP_ROUTE_REPLACE:
    case MP_OP_ROUTE_ADD:
        return fake_route_set(fake, op->kind, &op->route, 1, port_id);
    case MP_OP_ROUTE_DEL:
        return fake_route_del(fake, &op->route, port_id);
    case MP_OP_RULE_ADD:
        return fake_rule_add(fake, &op->rule, port_id);
    case MP_OP_RULE_DEL:
        return fake_rule_del(fake, &op->rule, port_id);
    case MP_OP_NEIGHBOUR_SET:
        return fake_fixed_set(fake, &op->fixed, port_id);
    case MP_OP_NEIGHBOUR_DEL:
        return fake_fixed_del(fake, &op->fixed);
    }
    return EOPNOTSUPP;
}

/* What is to be gone and is not there: the door takes that for done. */
static gboolean is_gone_already(MpOpKind kind, int error)
{
    switch (kind) {
    case MP_OP_ADDRESS_DEL:
        return error == EADDRNOTAVAIL || error == ENODEV;
    case MP_OP_NEXTHOP_DEL:
    case MP_OP_RULE_DEL:
        return error == ENOENT;
    case MP_OP_NEIGHBOUR_DEL:
        return error == ENOENT || error == ENODEV;
    case MP_OP_ROUTE_DEL:
        return error == ESRCH;
    default:
        return FALSE;
    }
}

static void answer(FakeKernel *fake, const MpOp *ops, guint n_ops, int error)
{
    for (guint i = 0; i < n_ops; i++) {
        MpEvent event = {.kind = MP_EVENT_OP_DONE, .op_id = ops[i].id, .error = error};

        if (error)
            g_strlcpy(event.text, "the fake kernel refused", sizeof event.text);
        push(&fake->answers, &event);
    }
}

/* The hops of one multipath route, which come as so many operations and go as one message. */
static guint count_hops(const MpOp *op, guint n_left)
{
    gboolean adds = op->kind == MP_OP_ROUTE_PREPEND || op->kind == MP_OP_ROUTE_REPLACE ||
                    op->kind == MP_OP_ROUTE_ADD;

    return adds && !op->route.nhid && op->route.n_hops > 1 ? MIN(op->route.n_hops, n_left) : 1;
}

static int carry_out(FakeKernel *fake, const MpOp *op, guint n_hops)
{
    MpRoute hops[FAKE_HOPS_MAX];
    int error = fake->hooks.refuse ? fake->hooks.refuse(fake, op, fake->hooks.user_data) : 0;

    if (error)
        return error;
    if (n_hops > FAKE_HOPS_MAX)
        return E2BIG;
    for (guint i = 0; n_hops > 1 && i < n_hops; i++)
        hops[i] = op[i].route;
    error = n_hops > 1 ? fake_route_set(fake, op->kind, hops, n_hops, FAKE_OUR_PORT)
                       : fake_kernel_apply(fake, op, FAKE_OUR_PORT);
    return is_gone_already(op->kind, error) ? 0 : error;
}

static void door_submit(MpKernel *door, const MpOp *ops, guint n_ops)
{
    FakeKernel *fake = (FakeKernel *)door;

    for (guint i = 0, n_hops; i < n_ops; i += n_hops) {
        n_hops = count_hops(&ops[i], n_ops - i);
        answer(fake, &ops[i], n_hops, carry_out(fake, &ops[i], n_hops));
    }
}

static void door_announce(MpKernel *door, const MpAction *announcements, guint n)
{
    FakeKernel *fake = (FakeKernel *)door;

    for (guint i = 0; i < n && fake->hooks.announced; i++)
        fake->hooks.announced(&announcements[i], fake->hooks.user_data);
}

static void read_link(FakeKernel *fake, guint index)
{
    const FakeLink *link = fake_link_find(fake, index);

    if (!link || link->mute)
        return;

    MpEvent event = {.kind = MP_EVENT_LINK_READ, .index = index, .up = link->up && link->carrier};

    if (link->linkwatch == FAKE_WITHHOLD_UNTIL_READ)
        fake_link_release(fake, index);
    fake->sink.event(&event, fake->sink.user_data);
}

static void door_read_links(MpKernel *door, const guint *indexes, guint n)
{
    for (guint i = 0; i < n; i++)
        read_link((FakeKernel *)door, indexes[i]);
}

static void door_read_sysctls(MpKernel *door, guint index)
{
    FakeKernel *fake = (FakeKernel *)door;
    guint first = index ? 0 : MP_SYSCTL_FIRST_GLOBAL;
    guint end = index ? MP_SYSCTL_FIRST_GLOBAL : MP_N_SYSCTLS;

    if (index && !fake_link_find(fake, index))
        return;
    for (guint key = first; key < end; key++) {
        MpEvent event = {.kind = MP_EVENT_SYSCTL,
                         .sysctl = {index, key, fake_sysctl_get(fake, index, key)}};

        if (is_nameless(fake, index, key))
            event.sysctl.value = -1;
        fake->sink.event(&event, fake->sink.user_data);
    }
}

static void door_dump(MpKernel *door, MpDump what)
{
    ((FakeKernel *)door)->dump_wanted |= what;
}

static void door_probe(MpKernel *door, const MpProbe *probes, guint n)
{
    FakeKernel *fake = (FakeKernel *)door;

    for (guint i = 0; i < n; i++) {
        MpEvent refused = {.kind = MP_EVENT_PROBE_NOT_SENT, .index = probes[i].index};

        if (fake->hooks.probed == NULL ||
            fake->hooks.probed(fake, &probes[i], fake->hooks.user_data))
            continue;
        refused.probe = probes[i];
        fake->sink.event(&refused, fake->sink.user_data);
    }
}

static void door_read_probes(MpKernel *door)
{
    FakeKernel *fake = (FakeKernel *)door;
    MpEvent *event;

    while ((event = g_queue_pop_head(&fake->heard))) {
        fake->sink.event(event, fake->sink.user_data);
        g_free(event);
    }
}

static void door_wait_probes(MpKernel *door, gboolean wait)
{
    ((FakeKernel *)door)->probes_wait = wait;
}

static void door_read_neighbours(MpKernel *door, guint index)
{
    FakeKernel *fake = (FakeKernel *)door;
    MpEvent end = {.kind = MP_EVENT_NEIGHBOURS_END, .index = index};

    for (guint i = 0; i < fake->neighbours->len; i++) {
        const MpEvent *entry = &g_array_index(fake->neighbours, MpEvent, i);

        if (entry->index == index)
            push(&fake->notices, entry);
    }
    push(&fake->notices, &end);
}

void fake_kernel_answer(FakeKernel *fake, const MpProbeAnswer *answer)
{
    MpEvent event = {.kind = MP_EVENT_PROBE_ANSWER, .index = answer->index};

    event.answer = *answer;
    push(&fake->heard, &event);
}

void fake_neighbour_add(FakeKernel *fake, guint index, const MpNeighbour *neighbour)
{
    MpEvent event = {.kind = MP_EVENT_NEIGHBOUR, .index = index};

    event.neighbour = *neighbour;
    g_array_append_val(fake->neighbours, event);
}

static void door_free(MpKernel *door)
{
    fake_kernel_free((FakeKernel *)door);
}

/* What one step hands out is fixed when it begins. */
static void collect(GQueue *from, guint n, GQueue *to)
{
    for (guint i = 0; i < n; i++)
        g_queue_push_tail(to, g_queue_pop_head(from));
}

static GQueue take_batch(FakeKernel *fake)
{
    GQueue batch = G_QUEUE_INIT;
    guint n_answers = fake->hold_acks ? 0 : fake->answers.length;
    guint n_notices = fake->hold_notices ? 0 : fake->notices.length;

    while (fake->shuffle && n_notices && n_answers) {
        gboolean notice = next_random(&fake->shuffle) & 1;

        collect(notice ? &fake->notices : &fake->answers, 1, &batch);
        n_answers -= !notice;
        n_notices -= notice;
    }
    collect(&fake->heard, fake->probes_wait ? 0 : fake->heard.length, &batch);
    collect(&fake->notices, n_notices, &batch);
    collect(&fake->answers, n_answers, &batch);
    return batch;
}

gboolean fake_kernel_has_news(const FakeKernel *fake)
{
    return (fake->dump_wanted & ~(guint)fake->hold_dumps) ||
           (fake->notices.length && !fake->hold_notices) || fake->deferred.length ||
           fake->ripe.length || (fake->heard.length && !fake->probes_wait) ||
           (fake->answers.length && !fake->hold_acks);
}

gboolean fake_kernel_step(FakeKernel *fake)
{
    if (fake->ripe.length)
        fake_addresses_install(fake);
    collect(&fake->ripe, fake->ripe.length, &fake->notices);
    for (guint i = 0; i < G_N_ELEMENTS(dump_order); i++)
        if (fake->dump_wanted & ~(guint)fake->hold_dumps & dump_order[i])
            dump_one(fake, dump_order[i]);
    fake->dump_wanted &= (guint)fake->hold_dumps;

    GQueue batch = take_batch(fake);
    gboolean any = batch.length > 0 || fake->deferred.length > 0;
    MpEvent *event;

    while ((event = g_queue_pop_head(&batch))) {
        fake->sink.event(event, fake->sink.user_data);
        g_free(event);
    }
    collect(&fake->deferred, fake->deferred.length, &fake->ripe);
    if (any && fake->sink.batch)
        fake->sink.batch(fake->sink.user_data);
    return any;
}

void fake_kernel_without_resilience(FakeKernel *fake)
{
    fake->without_resilience = TRUE;
}

void fake_kernel_takes_sources(FakeKernel *fake)
{
    fake->takes_sources = TRUE;
}

void fake_kernel_hold_acks(FakeKernel *fake, gboolean hold)
{
    fake->hold_acks = hold;
}

void fake_kernel_hold_notices(FakeKernel *fake, gboolean hold)
{
    fake->hold_notices = hold;
}

void fake_kernel_hold_dumps(FakeKernel *fake, MpDump kinds)
{
    fake->hold_dumps = kinds;
}

void fake_kernel_shuffle(FakeKernel *fake, guint32 seed)
{
    fake->shuffle = seed;
}

void fake_kernel_overflow(FakeKernel *fake)
{
    MpEvent event = {.kind = MP_EVENT_OVERFLOW};

    g_queue_clear_full(&fake->notices, g_free);
    push(&fake->notices, &event);
}

void fake_kernel_fail_dumps(FakeKernel *fake, guint n)
{
    fake->failing_dumps = n;
}

gint64 fake_kernel_now(const FakeKernel *fake)
{
    return fake->now_us;
}

guint64 fake_kernel_generation(const FakeKernel *fake)
{
    return fake->generation;
}

gint64 fake_kernel_next_deadline(const FakeKernel *fake)
{
    gint64 next = G_MAXINT64;

    for (guint i = 0; i < fake->addresses->len; i++) {
        const FakeAddress *address = fake->addresses->pdata[i];

        next = MIN(next, MIN(address->valid_until_us, address->preferred_until_us));
        if (address->dad_until_us)
            next = MIN(next, address->dad_until_us);
    }
    for (guint i = 0; i < fake->routes->len; i++)
        next = MIN(next, ((FakeRoute *)fake->routes->pdata[i])->expires_us);
    return next;
}

void fake_kernel_set_time(FakeKernel *fake, gint64 now_us)
{
    gint64 next;

    g_assert_cmpint(now_us, >=, fake->now_us);
    while ((next = fake_kernel_next_deadline(fake)) <= now_us) {
        fake->now_us = MAX(next, fake->now_us);
        fake_addresses_tick(fake);
        fake_routes_tick(fake);
    }
    fake->now_us = now_us;
}

static void add_local_rules(FakeKernel *fake)
{
    static const struct {
        guint8 family;
        guint32 priority, table;
    } rules[] = {{MP_IPV4, 0, 255},
                 {MP_IPV6, 0, 255},
                 {MP_IPV4, 32766, 254},
                 {MP_IPV6, 32766, 254},
                 {MP_IPV4, 32767, 253}};

    for (guint i = 0; i < G_N_ELEMENTS(rules); i++) {
        MpRule rule = {.family = rules[i].family,
                       .priority = rules[i].priority,
                       .table = rules[i].table,
                       .suppress_prefix = -1,
                       .protocol = MP_RTPROT_KERNEL,
                       .action = MP_RULE_LOOKUP};

        g_ptr_array_add(fake->rules, g_memdup2(&rule, sizeof rule));
    }
}

FakeKernel *fake_kernel_new(const MpKernelSink *sink, const FakeHooks *hooks)
{
    FakeKernel *fake = g_new0(FakeKernel, 1);

    fake->door = (MpKernel){
        door_submit, door_announce,    door_read_links,  door_read_sysctls,    door_dump,
        door_probe,  door_read_probes, door_wait_probes, door_read_neighbours, door_free};
    fake->sink = *sink;
    if (hooks)
        fake->hooks = *hooks;
    fake->links = g_ptr_array_new_with_free_func(g_free);
    fake->addresses = g_ptr_array_new_with_free_func(g_free);
    fake->routes = g_ptr_array_new_with_free_func(g_free);
    fake->nexthops = g_ptr_array_new_with_free_func(g_free);
    fake->rules = g_ptr_array_new_with_free_func(g_free);
    g_queue_init(&fake->notices);
    g_queue_init(&fake->deferred);
    g_queue_init(&fake->ripe);
    g_queue_init(&fake->answers);
    g_queue_init(&fake->heard);
    fake->fixed = g_array_new(FALSE, TRUE, sizeof(MpFixed));
    fake->neighbours = g_array_new(FALSE, TRUE, sizeof(MpEvent));
    fake->now_us = MP_USEC_PER_SEC;
    fake->globals[MP_SYSCTL_NEXTHOP_COMPAT] = 1;
    add_local_rules(fake);
    fake_link_set_up(fake, fake_link_add(fake, "lo", "00:00:00:00:00:00"), TRUE);
    return fake;
}

MpKernel *fake_kernel_door(FakeKernel *fake)
{
    return &fake->door;
}

void fake_kernel_free(FakeKernel *fake)
{
    g_ptr_array_unref(fake->links);
    g_ptr_array_unref(fake->addresses);
    g_ptr_array_unref(fake->routes);
    g_ptr_array_unref(fake->nexthops);
    g_ptr_array_unref(fake->rules);
    g_queue_clear_full(&fake->notices, g_free);
    g_queue_clear_full(&fake->deferred, g_free);
    g_queue_clear_full(&fake->ripe, g_free);
    g_queue_clear_full(&fake->answers, g_free);
    g_queue_clear_full(&fake->heard, g_free);
    g_array_unref(fake->neighbours);
    g_array_unref(fake->fixed);
    g_free(fake);
}
