/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sources that the kernel takes from IPv6 routes of others without a word, with an address that we
 * take off their device (Linux 6.1). A dump shows which; the picture keeps them as their owners
 * made them, until they are put back. */
#include "picture-private.h"

gboolean mp_picture_is_source(const MpPicture *picture, const MpAddress *address)
{
    return g_hash_table_contains(picture->sources, GUINT_TO_POINTER(mp_address_hash_host(address)));
}

gboolean mp_picture_note_taken(MpPicture *picture, const MpIfaddr *ifaddr)
{
    MpIfaddr *key;

    if (!mp_picture_is_source(picture, &ifaddr->address))
        return FALSE;
    key = g_memdup2(ifaddr, sizeof *ifaddr);
    key->address.prefix = 128; /* as sources have it */
    g_hash_table_replace(picture->taken, key, GUINT_TO_POINTER(picture->dump));
    return TRUE;
}

/* What dumps that began later have not shown was not lost. */
static gboolean is_past(gpointer key, gpointer dump, gpointer picture)
{
    (void)key;
    return GPOINTER_TO_UINT(dump) != ((const MpPicture *)picture)->dump;
}

void mp_picture_sources_sweep(MpPicture *picture)
{
    g_hash_table_foreach_remove(picture->taken, is_past, picture);
}

void mp_picture_set_bare(MpPicture *picture, MpPictureRoute *entry, gboolean bare)
{
    picture->n_bare += (guint)bare - (guint)entry->bare;
    entry->bare = bare;
}

/* By a dump, and not by his own word: all is as it was but the source, and that was on the device
 * until we took it away. Of several hops the kernel tells of the first one's source alone. */
static gboolean has_lost_source(const MpPicture *picture, const MpPictureRoute *entry,
                                const MpEvent *event)
{
    MpIfaddr source = {.index = entry->route.oif, .address = entry->route.prefsrc};
    MpRoute bare = entry->route;

    source.address.prefix = 128;
    if (event->port_id != 0 || entry->ghost || bare.family != MP_IPV6 || bare.n_hops > 1 ||
        bare.prefsrc.family == 0 || event->route.prefsrc.family != 0)
        return FALSE;
    bare.prefsrc = event->route.prefsrc;
    return mp_route_equal(&bare, &event->route) &&
           (entry->bare || g_hash_table_contains(picture->taken, &source));
}

MpRoute mp_picture_with_source(MpPicture *picture, MpPictureRoute *entry, const MpEvent *event)
{
    MpRoute whole = event->route;

    mp_picture_set_bare(picture, entry, has_lost_source(picture, entry, event));
    if (entry->bare)
        whole.prefsrc = entry->route.prefsrc;
    return whole;
}
