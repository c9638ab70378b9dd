/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "world.h"

#include <string.h>

static void world_log(World *world, char *call)
{
    g_mutex_lock(&world->mutex);
    g_ptr_array_add(world->calls, call);
    g_cond_broadcast(&world->cond);
    g_mutex_unlock(&world->mutex);
}

static void on_jobs(GPtrArray *jobs, gpointer latest, gpointer user_data)
{
    World *world = user_data;

    fake_kernel_set_time(world->fake, g_get_monotonic_time());
    for (guint i = 0; i < jobs->len; i++)
        ((WorldFunc)jobs->pdata[i])(world);
    g_ptr_array_unref(jobs);
    while (fake_kernel_step(world->fake))
        ;
}

static void on_told(World *world)
{
}

static void door_submit(MpKernel *door, const MpOp *ops, guint n_ops)
{
    World *world = (World *)door;
    GString *call = g_string_new(NULL);

    g_string_printf(call, "submit %u", n_ops);
    for (guint i = 0; i < n_ops; i++)
        g_string_append_printf(call, " %s", mp_op_kind_to_string(ops[i].kind));
    world_log(world, g_string_free(call, FALSE));
    world->inner->submit(world->inner, ops, n_ops);
    world_do(world, on_told);
}

static void door_announce(MpKernel *door, const MpAction *announcements, guint n)
{
    World *world = (World *)door;

    world_log(world, g_strdup_printf("announce %u", n));
    world->inner->announce(world->inner, announcements, n);
}

static void door_read_links(MpKernel *door, const guint *indexes, guint n)
{
    World *world = (World *)door;

    for (guint i = 0; i < n; i++)
        world_log(world, g_strdup_printf("read-link %u", indexes[i]));
    world->inner->read_links(world->inner, indexes, n);
}

static void door_read_sysctls(MpKernel *door, guint index)
{
    World *world = (World *)door;

    world_log(world, g_strdup_printf("read-sysctls %u", index));
    world->inner->read_sysctls(world->inner, index);
}

static void door_dump(MpKernel *door, MpDump what)
{
    World *world = (World *)door;

    world_log(world, g_strdup_printf("dump %u", what));
    world->inner->dump(world->inner, what);
    world_do(world, on_told);
}

static void door_probe(MpKernel *door, const MpProbe *probes, guint n)
{
    World *world = (World *)door;

    world_log(world, g_strdup_printf("probe %u", n));
    world->inner->probe(world->inner, probes, n);
    world_do(world, on_told);
}

static void door_read_probes(MpKernel *door)
{
    World *world = (World *)door;

    world->inner->read_probes(world->inner);
}

static void door_wait_probes(MpKernel *door, gboolean wait)
{
    World *world = (World *)door;

    world->inner->wait_probes(world->inner, wait);
}

static void door_read_neighbours(MpKernel *door, guint index)
{
    World *world = (World *)door;

    world->inner->read_neighbours(world->inner, index);
    world_do(world, on_told);
}

static void door_free(MpKernel *door)
{
    World *world = (World *)door;

    g_clear_pointer(&world->jobs, ipmpd_channel_free);
    g_clear_pointer(&world->fake, fake_kernel_free);
}

void world_init(World *world)
{
    g_mutex_init(&world->mutex);
    g_cond_init(&world->cond);
    world->calls = g_ptr_array_new_with_free_func(g_free);
}

void world_clear(World *world)
{
    g_ptr_array_unref(world->calls);
    g_mutex_clear(&world->mutex);
    g_cond_clear(&world->cond);
}

MpKernel *world_make(GMainContext *context, const MpKernelSink *sink, gpointer user_data,
                     GError **error)
{
    static const FakeHooks no_hooks = {0};
    World *world = user_data;
    IpmpdChannelSink jobs = {on_jobs, NULL, NULL, world};

    world->door = (MpKernel){
        door_submit, door_announce,    door_read_links,  door_read_sysctls,    door_dump,
        door_probe,  door_read_probes, door_wait_probes, door_read_neighbours, door_free};
    world->jobs = ipmpd_channel_new(context, G_PRIORITY_DEFAULT, &jobs);
    world->fake = fake_kernel_new(sink, &no_hooks);
    world->inner = fake_kernel_door(world->fake);
    fake_kernel_set_time(world->fake, g_get_monotonic_time());
    fake_link_set_up(world->fake, fake_link_add(world->fake, "eth0", "02:00:00:00:00:01"), TRUE);
    fake_link_set_up(world->fake, fake_link_add(world->fake, "eth1", "02:00:00:00:00:02"), TRUE);
    return &world->door;
}

void world_do(World *world, WorldFunc func)
{
    ipmpd_channel_push(world->jobs, func);
}

guint world_n_calls(World *world)
{
    guint n;

    g_mutex_lock(&world->mutex);
    n = world->calls->len;
    g_mutex_unlock(&world->mutex);
    return n;
}

char *world_call(World *world, guint nth)
{
    char *call;

    g_mutex_lock(&world->mutex);
    call = g_strdup(world->calls->pdata[nth]);
    g_mutex_unlock(&world->mutex);
    return call;
}

static gboolean calls_find(const GPtrArray *calls, guint from, const char *words, guint *out_nth)
{
    for (guint i = from; i < calls->len; i++) {
        if (strstr(calls->pdata[i], words) != NULL) {
            *out_nth = i;
            return TRUE;
        }
    }
    return FALSE;
}

gboolean world_wait_call(World *world, guint from, const char *words, gint64 until_us,
                         guint *out_nth)
{
    gboolean found = FALSE;

    g_mutex_lock(&world->mutex);
    while (!(found = calls_find(world->calls, from, words, out_nth)) &&
           g_cond_wait_until(&world->cond, &world->mutex, until_us))
        ;
    found = found || calls_find(world->calls, from, words, out_nth);
    g_mutex_unlock(&world->mutex);
    return found;
}
