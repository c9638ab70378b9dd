/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fake kernel under the contract tests. */
#include "fixture.h"

#include "fake-kernel.h"

typedef struct {
    guint index;
    MpAddress address;
} Peer;

typedef struct {
    GSource source;
    FakeKernel *kernel;
    GArray *peers;
} StepSource;

static gboolean has_news(GSource *source)
{
    return fake_kernel_has_news(((StepSource *)source)->kernel);
}

static gboolean prepare(GSource *source, gint *timeout_ms)
{
    *timeout_ms = -1;
    return has_news(source);
}

static gboolean dispatch(GSource *source, GSourceFunc callback, gpointer user_data)
{
    fake_kernel_step(((StepSource *)source)->kernel);
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs step_source = {prepare, has_news, dispatch, NULL, NULL, NULL};

static FakeKernel *fake(Fixture *fixture)
{
    return ((StepSource *)fixture->impl)->kernel;
}

static gboolean is_to_all(const MpAddress *target)
{
    return target->family == MP_IPV4 ? target->bytes[0] == 224 : target->bytes[0] == 0xff;
}

static gboolean is_asked(const Peer *peer, const MpProbe *probe)
{
    return peer->index == probe->index && peer->address.family == probe->target.family &&
           (is_to_all(&probe->target) || mp_address_equal_host(&peer->address, &probe->target));
}

static gboolean on_probe(FakeKernel *kernel, const MpProbe *probe, gpointer user_data)
{
    const GArray *peers = user_data;

    for (guint i = 0; i < peers->len; i++) {
        const Peer *peer = &g_array_index(peers, Peer, i);
        MpProbeAnswer answer = {.index = probe->index, .via = probe->via, .from = peer->address};

        if (!is_asked(peer, probe))
            continue;
        answer.from.prefix = answer.from.family == MP_IPV4 ? 32 : 128;
        answer.received_us = g_get_monotonic_time();
        if (probe->via == MP_VIA_ARP) {
            memcpy(answer.hwaddr, FIXTURE_PEER_HWADDR, sizeof answer.hwaddr);
        } else {
            answer.sequence = probe->sequence;
            answer.cookie = probe->cookie;
        }
        fake_kernel_answer(kernel, &answer);
    }
    return TRUE;
}

void fixture_kernel_open(Fixture *fixture, const MpKernelSink *sink)
{
    GSource *source = g_source_new(&step_source, sizeof(StepSource));
    FakeHooks hooks = {.probed = on_probe};

    hooks.user_data = ((StepSource *)source)->peers = g_array_new(FALSE, FALSE, sizeof(Peer));
    ((StepSource *)source)->kernel = fake_kernel_new(sink, &hooks);
    g_source_attach(source, fixture->context);
    fixture->impl = source;
    fixture->kernel = fake_kernel_door(fake(fixture));
}

void fixture_kernel_close(Fixture *fixture)
{
    GSource *source = fixture->impl;

    mp_kernel_free(g_steal_pointer(&fixture->kernel));
    g_array_unref(((StepSource *)source)->peers);
    g_source_destroy(source);
    g_source_unref(source);
}

gboolean fixture_kernel_may_tell(Fixture *fixture)
{
    return fake_kernel_has_news(fake(fixture));
}

gboolean fixture_kernel_tells_linkdown6(Fixture *fixture G_GNUC_UNUSED)
{
    return TRUE;
}

guint fixture_link_add(Fixture *fixture, const char *name)
{
    static const char *const hwaddrs[] = {"02:00:00:00:00:10", "02:00:00:00:00:11",
                                          "02:00:00:00:00:12", "02:00:00:00:00:13"};
    guint n = (guint)g_ascii_strtoull(name + strcspn(name, "0123456789"), NULL, 10);
    guint index = fake_link_add(fake(fixture), name, hwaddrs[n % G_N_ELEMENTS(hwaddrs)]);

    fake_link_set_linklocal(fake(fixture), index, FALSE);
    fake_link_set_up(fake(fixture), index, TRUE);
    return index;
}

void fixture_link_set_carrier(Fixture *fixture, guint index, gboolean carrier)
{
    fake_link_set_carrier(fake(fixture), index, carrier);
}

void fixture_link_set_up(Fixture *fixture, guint index, gboolean up)
{
    fake_link_set_up(fake(fixture), index, up);
}

void fixture_link_set_mtu(Fixture *fixture, guint index, guint mtu)
{
    fake_link_set_mtu(fake(fixture), index, mtu);
}

void fixture_link_rename(Fixture *fixture, guint index, const char *name)
{
    fake_link_rename(fake(fixture), index, name);
}

void fixture_link_delete(Fixture *fixture, guint index)
{
    fake_link_delete(fake(fixture), index);
}

void fixture_link_move_netns(Fixture *fixture, guint index)
{
    fake_link_move_netns(fake(fixture), index);
}

static void apply(Fixture *fixture, const MpOp *op)
{
    g_assert_cmpint(fake_kernel_apply(fake(fixture), op, FAKE_SOMEONE), ==, 0);
}

void fixture_address_add(Fixture *fixture, const MpIfaddr *address)
{
    MpOp op = {.kind = MP_OP_ADDRESS_ADD, .address = *address};

    apply(fixture, &op);
}

void fixture_address_del(Fixture *fixture, const MpIfaddr *address)
{
    MpOp op = {.kind = MP_OP_ADDRESS_DEL, .address = *address};

    apply(fixture, &op);
}

void fixture_route_add(Fixture *fixture, const MpRoute *route)
{
    MpOp op = {.kind = MP_OP_ROUTE_ADD, .route = *route};

    apply(fixture, &op);
}

void fixture_route_del(Fixture *fixture, const MpRoute *route)
{
    MpOp op = {.kind = MP_OP_ROUTE_DEL, .route = *route};

    apply(fixture, &op);
}

void fixture_route_add_multipath(Fixture *fixture, const MpRoute *route, const guint *oifs,
                                 const MpAddress *gateways, guint n)
{
    MpRoute hops[FAKE_HOPS_MAX];

    g_assert_cmpuint(n, <=, FAKE_HOPS_MAX);
    for (guint i = 0; i < n; i++) {
        hops[i] = *route;
        hops[i].oif = oifs[i];
        hops[i].gateway = gateways[i];
    }
    g_assert_cmpint(fake_multipath_add(fake(fixture), hops, n, FAKE_SOMEONE), ==, 0);
}

void fixture_overflow(Fixture *fixture)
{
    fake_kernel_overflow(fake(fixture));
}

void fixture_peer_add(Fixture *fixture, guint index, const MpAddress *address)
{
    Peer peer = {index, *address};

    g_array_append_val(((StepSource *)fixture->impl)->peers, peer);
}

void fixture_link_hwaddr(Fixture *fixture, guint index, guint8 out[6])
{
    memcpy(out, fake_link_peek(fake(fixture), index)->hwaddr, 6);
}

void fixture_neighbour_add(Fixture *fixture, guint index, const MpNeighbour *neighbour)
{
    fake_neighbour_add(fake(fixture), index, neighbour);
}
