/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Terse words for configurations and for what other hands do to the host. */
#include "harness-network.h"

MpAddress scenario_parse(const char *text)
{
    g_autoptr(GError) error = NULL;
    MpAddress address = {0};

    mp_address_parse(text, MP_PREFIX_OPTIONAL, &address, &error);
    g_assert_no_error(error);
    return address;
}

guint scenario_index(Scenario *s, const char *link)
{
    guint index = fake_link_index(s->kernel, link);

    if (!index)
        g_error("no link %s", link);
    return index;
}

void scenario_up(Scenario *s, const char *link, gboolean up)
{
    fake_link_set_up(s->kernel, scenario_index(s, link), up);
}

void scenario_carrier(Scenario *s, const char *link, gboolean carrier)
{
    fake_link_set_carrier(s->kernel, scenario_index(s, link), carrier);
}

void scenario_unplug(Scenario *s, const char *link)
{
    fake_link_delete(s->kernel, scenario_index(s, link));
}

void scenario_plug(Scenario *s, const char *link)
{
    guint number = (guint)g_ascii_strtoull(link + strcspn(link, "0123456789"), NULL, 10);
    g_autofree char *hwaddr = g_strdup_printf("02:00:00:00:00:%02x", 0x10 + number);

    fake_link_set_up(s->kernel, fake_link_add(s->kernel, link, hwaddr), TRUE);
}

static void parse_member(Scenario *s, MpGroupConfig *group, const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, ",", -1);
    MpInterfaceConfig *member = mp_interface_config_new(parts[0]);

    for (guint i = 1; parts[i]; i++) {
        if (g_str_equal(parts[i], "standby")) {
            member->standby = TRUE;
        } else if (g_str_has_prefix(parts[i], "hw=")) {
            member->hardware_address = g_strdup(parts[i] + 3);
        } else {
            gboolean test = g_str_has_prefix(parts[i], "test=");
            MpAddress address = scenario_parse(parts[i] + (test ? 5 : 0));

            g_array_append_val(test ? member->test_addresses : member->addresses, address);
            scenario_know(s, &address);
        }
    }
    g_ptr_array_add(group->interfaces, member);
}

static void parse_option(Scenario *s, MpGroupConfig *group, const char *text)
{
    if (g_str_has_prefix(text, "failback=")) {
        group->failback = g_str_equal(text + 9, "yes");
        group->failback_inherited = FALSE;
    } else if (g_str_has_prefix(text, "repair=")) {
        group->repair_delay_ms = (guint)g_ascii_strtoull(text + 7, NULL, 10);
    } else if (g_str_has_prefix(text, "poll=")) {
        s->config->defaults.link_poll_ms = (guint)g_ascii_strtoull(text + 5, NULL, 10);
    } else if (g_str_has_prefix(text, "target=")) {
        MpAddress target = scenario_parse(text + 7);

        g_array_append_val(group->probe_targets, target);
    } else if (g_str_has_prefix(text, "anchor=")) {
        s->config->defaults.anchor = g_str_equal(text + 7, "yes");
    } else if (!network_option(group, text)) {
        MpAddress address = scenario_parse(text);

        g_array_append_val(group->addresses, address);
        scenario_know(s, &address);
    }
}

void scenario_group(Scenario *s, const char *text)
{
    g_auto(GStrv) halves = g_strsplit(text, ";", 2);
    g_auto(GStrv) head = g_strsplit(halves[0], ":", 2);
    g_auto(GStrv) members = g_strsplit(head[1], " ", -1);
    g_auto(GStrv) options = g_strsplit(halves[1] ? halves[1] : "", " ", -1);
    MpGroupConfig *group = mp_group_config_new(head[0], &s->config->defaults);

    group->probe_method = MP_METHOD_NONE;
    for (guint i = 0; members[i]; i++)
        if (*members[i])
            parse_member(s, group, members[i]);
    for (guint i = 0; options[i]; i++)
        if (*options[i])
            parse_option(s, group, options[i]);
    mp_config_put(s->config, group);
}

void scenario_remove_member(Scenario *s, const char *group, const char *member)
{
    MpGroupConfig *config = mp_config_find(s->config, group);

    g_assert_true(g_ptr_array_remove(config->interfaces, mp_group_config_find(config, member)));
}

void scenario_delete(Scenario *s, const char *group)
{
    GHashTableIter iter;
    gpointer key;

    /* What we made goes with the group; what was found stays at home. */
    g_hash_table_iter_init(&iter, s->protected);
    while (g_hash_table_iter_next(&iter, &key, NULL))
        g_hash_table_iter_remove(&iter);
    g_assert_true(mp_config_drop(s->config, group));
    scenario_apply(s, -1);
}

static void add_address(Scenario *s, guint index, const char *text)
{
    MpOp op = {.kind = MP_OP_ADDRESS_ADD, .address = {.index = index}};

    op.address.address = scenario_parse(text);
    if (op.address.address.family == MP_IPV6)
        op.address.flags = MP_IFA_NODAD;
    g_assert_cmpint(fake_kernel_apply(s->kernel, &op, FAKE_SOMEONE), ==, 0);
}

void scenario_addresses(Scenario *s, const char *text)
{
    g_auto(GStrv) devices = g_strsplit(text, ";", -1);

    for (guint i = 0; devices[i]; i++) {
        g_auto(GStrv) words = g_strsplit(g_strstrip(devices[i]), " ", -1);

        for (guint w = 1; words[0] && words[w]; w++)
            add_address(s, scenario_index(s, words[0]), words[w]);
    }
    /* The local routes of IPv6 ones are there a moment later. */
    if (!s->engine)
        while (fake_kernel_step(s->kernel))
            ;
}

void scenario_delete_address(Scenario *s, const char *link, const char *address, guint32 port_id)
{
    MpOp op = {.kind = MP_OP_ADDRESS_DEL, .address = {.index = scenario_index(s, link)}};
    MpAddress host = scenario_parse(address);
    const MpIfaddr *found = strchr(address, '/')
                                ? fake_address_find_exact(s->kernel, op.address.index, &host)
                                : fake_address_find(s->kernel, op.address.index, &host);

    if (!found)
        g_error("%s is not on %s", address, link);
    op.address.address = found->address;
    scenario_release(s, &host);
    g_assert_cmpint(fake_kernel_apply(s->kernel, &op, port_id), ==, 0);
}

void scenario_mark_mortal(Scenario *s, const MpAddress *address)
{
    MpAddress key = *address;

    key.prefix = 0;
    scenario_release(s, &key);
    g_hash_table_add(s->mortal, g_memdup2(&key, sizeof key));
}

static MpRoute parse_route(Scenario *s, const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    guint n = g_strv_length(words);
    gboolean metric = n > 3 && g_str_equal(words[n - 2], "metric");
    guint end = n - (metric ? 2 : 0);
    gboolean source = end > 3 && g_str_equal(words[end - 2], "src");
    gboolean via = g_strv_contains((const char *const *)words, "via");
    gboolean is_default = g_str_equal(words[0], "default");
    MpRoute r = {.table = MP_TABLE_MAIN, .type = MP_RTN_UNICAST, .protocol = 4, .n_hops = 1};

    r.oif = scenario_index(s, words[end - (source ? 3 : 1)]);
    if (via)
        r.gateway = scenario_parse(words[2]);
    if (source)
        r.prefsrc = scenario_parse(words[end - 1]);
    if (!is_default)
        r.dst = scenario_parse(words[0]);
    r.family = is_default ? r.gateway.family : r.dst.family;
    r.dst.family = r.family;
    if (r.family == MP_IPV4 && !via)
        r.scope = MP_SCOPE_LINK;
    if (metric)
        r.metric = (guint32)g_ascii_strtoull(words[n - 1], NULL, 10);
    else if (r.family == MP_IPV6)
        r.metric = 1024;
    return r;
}

static void set_route(Scenario *s, MpOpKind kind, guint32 table, const char *text)
{
    MpOp op = {.kind = kind, .route = parse_route(s, text)};

    op.route.table = table;
    g_assert_cmpint(fake_kernel_apply(s->kernel, &op, FAKE_SOMEONE), ==, 0);
}

void scenario_route(Scenario *s, const char *text)
{
    set_route(s, MP_OP_ROUTE_ADD, MP_TABLE_MAIN, text);
}

void scenario_delete_route(Scenario *s, const char *text)
{
    set_route(s, MP_OP_ROUTE_DEL, MP_TABLE_MAIN, text);
}

void scenario_route_in(Scenario *s, guint32 table, const char *text)
{
    set_route(s, MP_OP_ROUTE_ADD, table, text);
}

void scenario_delete_route_in(Scenario *s, guint32 table, const char *text)
{
    set_route(s, MP_OP_ROUTE_DEL, table, text);
}

char *scenario_where(Scenario *s, const char *address)
{
    MpAddress host = scenario_parse(address);
    g_autoptr(GString) where = g_string_new(NULL);
    gboolean lo = FALSE;

    for (guint i = 0; i < fake_n_addresses(s->kernel); i++) {
        const MpIfaddr *a = fake_address_nth(s->kernel, i);

        if (!mp_address_equal_host(&a->address, &host))
            continue;
        if (a->index == MP_LOOPBACK_INDEX)
            lo = TRUE;
        else
            g_string_append_printf(where, "%s%s", where->len ? "+" : "",
                                   fake_link_peek(s->kernel, a->index)->name);
    }
    return g_strdup(where->len ? where->str : lo ? "lo" : "");
}

const MpNotice *scenario_find_notice(Scenario *s, MpNoticeKind kind, MpReason reason,
                                     const char *interface)
{
    for (guint i = s->notices->len; i-- > 0;) {
        const MpNotice *notice = &g_array_index(s->notices, MpNotice, i);

        if (notice->kind == kind && notice->reason == reason &&
            (!interface || g_str_equal(notice->interface, interface)))
            return notice;
    }
    return NULL;
}

guint scenario_count_ops(Scenario *s, MpOpKind kind)
{
    guint n = 0;

    for (guint i = 0; i < s->ops->len; i++)
        n += g_array_index(s->ops, MpOp, i).kind == kind;
    return n;
}

gint scenario_find_op(Scenario *s, MpOpKind kind, guint index, const char *address)
{
    MpAddress host = scenario_parse(address);

    for (guint i = 0; i < s->ops->len; i++) {
        const MpOp *op = &g_array_index(s->ops, MpOp, i);

        if (op->kind == kind && op->address.index == index &&
            mp_address_equal_host(&op->address.address, &host))
            return (gint)i;
    }
    return -1;
}

void expect_where(Scenario *s, const char *address, const char *where)
{
    g_autofree char *seen = scenario_where(s, address);

    if (!g_str_equal(seen, where))
        g_error("%s is on '%s', expected '%s'", address, seen, where);
}

void expect_interface(Scenario *s, const char *name, MpInterfaceState state, MpReason reason)
{
    g_autoptr(MpSnapshot) snapshot = mp_engine_snapshot(s->engine);
    const MpSnapshotInterface *interface = mp_snapshot_find_interface(snapshot, name);

    if (!interface)
        g_error("no interface %s in the snapshot", name);
    if (interface->state != state || interface->reason != reason)
        g_error("%s is %s (%s), expected %s (%s)", name,
                mp_interface_state_to_string(interface->state),
                mp_reason_to_string(interface->reason), mp_interface_state_to_string(state),
                mp_reason_to_string(reason));
}

void expect_state(Scenario *s, const char *name, MpInterfaceState state)
{
    g_autoptr(MpSnapshot) snapshot = mp_engine_snapshot(s->engine);
    const MpSnapshotInterface *interface = mp_snapshot_find_interface(snapshot, name);

    if (!interface || interface->state != state)
        g_error("%s is %s, expected %s", name,
                interface ? mp_interface_state_to_string(interface->state) : "not there",
                mp_interface_state_to_string(state));
}

void expect_active(Scenario *s, const char *names)
{
    g_autoptr(MpSnapshot) snapshot = mp_engine_snapshot(s->engine);
    g_autoptr(GString) seen = g_string_new(NULL);

    for (guint g = 0; g < snapshot->groups->len; g++) {
        const MpSnapshotGroup *group = snapshot->groups->pdata[g];

        for (guint i = 0; i < group->interfaces->len; i++) {
            const MpSnapshotInterface *interface = group->interfaces->pdata[i];

            if (interface->active)
                g_string_append_printf(seen, "%s%s", seen->len ? " " : "", interface->name);
        }
    }
    if (!g_str_equal(seen->str, names))
        g_error("active are '%s', expected '%s'", seen->str, names);
}

void expect_group(Scenario *s, const char *name, MpGroupState state)
{
    g_autoptr(MpSnapshot) snapshot = mp_engine_snapshot(s->engine);
    const MpSnapshotGroup *group = mp_snapshot_find_group(snapshot, name);

    if (!group)
        g_error("no group %s in the snapshot", name);
    if (group->state != state)
        g_error("%s is %s, expected %s", name, mp_group_state_to_string(group->state),
                mp_group_state_to_string(state));
}

static const MpSnapshotAddress *find_address(const MpSnapshot *snapshot, const char *text)
{
    MpAddress host = scenario_parse(text);

    for (guint g = 0; g < snapshot->groups->len; g++) {
        const MpSnapshotGroup *group = snapshot->groups->pdata[g];

        for (guint i = 0; i < group->addresses->len; i++) {
            const MpSnapshotAddress *address = group->addresses->pdata[i];

            if (mp_address_equal_host(&address->address, &host))
                return address;
        }
    }
    return NULL;
}

void expect_address(Scenario *s, const char *address, MpAddressState state, const char *home)
{
    g_autoptr(MpSnapshot) snapshot = mp_engine_snapshot(s->engine);
    const MpSnapshotAddress *found = find_address(snapshot, address);

    if (!found)
        g_error("%s is no data address", address);
    if (found->state != state || g_strcmp0(found->home, home))
        g_error("%s is %s, home %s; expected %s, home %s", address,
                mp_address_state_to_string(found->state), found->home ? found->home : "-",
                mp_address_state_to_string(state), home ? home : "-");
}

void expect_forgotten(Scenario *s, const char *address)
{
    g_autoptr(MpSnapshot) snapshot = mp_engine_snapshot(s->engine);

    if (find_address(snapshot, address))
        g_error("%s is a data address still", address);
}

void expect_notice(Scenario *s, MpNoticeKind kind, MpReason reason, const char *interface)
{
    if (!scenario_find_notice(s, kind, reason, interface))
        g_error("no notice %s, reason %s, about %s", mp_notice_kind_to_string(kind),
                mp_reason_to_string(reason), interface ? interface : "anything");
}

/* Only the lines that differ, to read. */
static void print_difference(const char *sign, const char *a, const char *b)
{
    g_auto(GStrv) lines = g_strsplit(a, "\n", -1);
    g_auto(GStrv) others = g_strsplit(b, "\n", -1);

    for (guint i = 0; lines[i]; i++)
        if (!g_strv_contains((const char *const *)others, lines[i]))
            g_printerr("%s %s\n", sign, lines[i]);
}

void expect_restored(Scenario *s)
{
    g_autofree char *after = fake_kernel_picture(s->kernel);

    if (g_str_equal(s->before, after))
        return;
    print_difference("-", s->before, after);
    print_difference("+", after, s->before);
    scenario_fail(s, "I8", "the picture is not what it was before the group");
}
