/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of hosts. The network may be what is broken: nobody waits long for them, and not twice. */
#include "stat.h"
#include <string.h>

#define PATIENCE_MSEC 1500 /* for all look-ups together that nobody answers */

struct StatNames {
    GHashTable *known; /* address to name */
    gint64 left_usec;
};

typedef struct {
    GMainLoop *loop;
    char *name;
} Lookup;

StatNames *stat_names_new(void)
{
    StatNames *names = g_new0(StatNames, 1);

    names->known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    names->left_usec = PATIENCE_MSEC * G_GINT64_CONSTANT(1000);
    return names;
}

void stat_names_free(StatNames *names)
{
    g_hash_table_unref(names->known);
    g_free(names);
}

static void on_name(GObject *resolver, GAsyncResult *result, gpointer user_data)
{
    Lookup *lookup = user_data;

    lookup->name = g_resolver_lookup_by_address_finish(G_RESOLVER(resolver), result, NULL);
    g_main_loop_quit(lookup->loop);
}

static gboolean on_timeout(gpointer user_data)
{
    g_cancellable_cancel(user_data);
    return G_SOURCE_REMOVE;
}

/* Its own context: nothing else happens meanwhile. */
static char *look_up(StatNames *names, GInetAddress *address)
{
    g_autoptr(GMainContext) context = g_main_context_new();
    g_autoptr(GMainLoop) loop = g_main_loop_new(context, FALSE);
    g_autoptr(GResolver) resolver = g_resolver_get_default();
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    g_autoptr(GSource) timeout = g_timeout_source_new((guint)(names->left_usec / 1000));
    gint64 begin_usec = g_get_monotonic_time();
    Lookup lookup = {.loop = loop};

    g_main_context_push_thread_default(context);
    g_source_set_callback(timeout, on_timeout, cancellable, NULL);
    g_source_attach(timeout, context);
    g_resolver_lookup_by_address_async(resolver, address, cancellable, on_name, &lookup);
    g_main_loop_run(loop);
    g_source_destroy(timeout);
    g_main_context_pop_thread_default(context);
    if (lookup.name == NULL)
        names->left_usec = MAX(0, names->left_usec - (g_get_monotonic_time() - begin_usec));
    return lookup.name;
}

char *stat_name(const Stat *stat, const char *address)
{
    g_autofree char *bare = g_strndup(address, strcspn(address, "/"));
    g_autoptr(GInetAddress) inet = NULL;

    if (stat->names == NULL)
        return g_steal_pointer(&bare);
    const char *known = g_hash_table_lookup(stat->names->known, bare);
    if (known != NULL)
        return g_strdup(known);
    inet = stat->names->left_usec > 0 ? g_inet_address_new_from_string(bare) : NULL;
    char *name = inet != NULL ? look_up(stat->names, inet) : NULL;
    if (name == NULL)
        name = g_strdup(bare);
    g_hash_table_insert(stat->names->known, g_steal_pointer(&bare), g_strdup(name));
    return name;
}
