/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Permanent neighbours. */
#include "fake-private.h"

static void tell(FakeKernel *fake, MpEventKind kind, const MpFixed *fixed, guint32 port_id)
{
    MpEvent event = {.kind = kind, .fixed = *fixed};

    fake_notify(fake, &event, port_id);
    fake_changed(fake);
}

const MpFixed *fake_fixed_find(const FakeKernel *fake, guint index, const MpAddress *address)
{
    for (guint i = 0; i < fake->fixed->len; i++) {
        const MpFixed *fixed = &g_array_index(fake->fixed, MpFixed, i);

        if (fixed->index == index && fake_same_host(&fixed->address, address))
            return fixed;
    }
    return NULL;
}

guint fake_n_fixed(const FakeKernel *fake)
{
    return fake->fixed->len;
}

const MpFixed *fake_fixed_nth(const FakeKernel *fake, guint n)
{
    return &g_array_index(fake->fixed, MpFixed, n);
}

/* Whoever took it: the kernel does not say. */
static void drop_at(FakeKernel *fake, guint at)
{
    MpFixed gone = g_array_index(fake->fixed, MpFixed, at);

    g_array_remove_index(fake->fixed, at);
    tell(fake, MP_EVENT_FIXED_GONE, &gone, 0);
}

int fake_fixed_set(FakeKernel *fake, const MpFixed *fixed, guint32 port_id)
{
    MpFixed *has = (MpFixed *)fake_fixed_find(fake, fixed->index, &fixed->address);

    if (!fake_link_find(fake, fixed->index))
        return ENODEV;
    if (has)
        *has = *fixed;
    else
        g_array_append_val(fake->fixed, *fixed);
    tell(fake, MP_EVENT_FIXED, fixed, port_id);
    return 0;
}

int fake_fixed_del(FakeKernel *fake, const MpFixed *key)
{
    if (!fake_link_find(fake, key->index))
        return ENODEV;
    for (guint i = 0; i < fake->fixed->len; i++) {
        const MpFixed *has = &g_array_index(fake->fixed, MpFixed, i);

        if (has->index != key->index || !fake_same_host(&has->address, &key->address))
            continue;
        drop_at(fake, i);
        return 0;
    }
    return ENOENT;
}

void fake_fixed_flush(FakeKernel *fake, guint index)
{
    for (guint i = fake->fixed->len; i > 0; i--)
        if (g_array_index(fake->fixed, MpFixed, i - 1).index == index)
            drop_at(fake, i - 1);
}
