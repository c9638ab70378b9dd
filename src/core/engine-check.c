/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a configuration asks of the host, looked at before anything is changed. */
#include "engine-request.h"

#include "error.h"
#include "member.h"

#include <string.h>

static const MpLink *link_for(const MpEngine *engine, const MpInterfaceConfig *config)
{
    MpMember probe = {.config = (MpInterfaceConfig *)config};
    GHashTableIter iter;
    MpPictureLink *entry;

    g_strlcpy(probe.name, config->name, sizeof probe.name);
    g_hash_table_iter_init(&iter, engine->picture->links);
    while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&entry)) {
        if (mp_member_matches(&probe, &entry->link))
            return &entry->link;
    }
    return NULL;
}

static gboolean check_pair(const MpInterfaceConfig *config, const MpLink *link,
                           const MpInterfaceConfig *other, const MpLink *theirs, GError **error)
{
    if (link->media != theirs->media) {
        g_set_error(error, MP_ERROR, MP_ERROR_MEDIA_MISMATCH, "%s is of another media type than %s",
                    config->name, other->name);
        return FALSE;
    }
    if (link->hwaddr_len == theirs->hwaddr_len &&
        memcmp(link->hwaddr, theirs->hwaddr, link->hwaddr_len) == 0) {
        g_set_error(error, MP_ERROR, MP_ERROR_DUPLICATE_HARDWARE_ADDRESS,
                    "%s has the same hardware address as %s: each member of a group needs its own",
                    config->name, other->name);
        return FALSE;
    }
    return TRUE;
}

static gboolean refuse_unsuitable(const MpInterfaceConfig *config, const char *why, GError **error)
{
    g_set_error(error, MP_ERROR, MP_ERROR_NOT_SUITABLE, "%s cannot be in a group: %s", config->name,
                why);
    return FALSE;
}

static gboolean check_newcomer(const MpEngine *engine, const MpGroupConfig *group, guint at,
                               GError **error)
{
    const MpInterfaceConfig *config = g_ptr_array_index(group->interfaces, at);
    const MpLink *link = link_for(engine, config);
    const char *unsuitable = link != NULL ? mp_link_unsuitable(link) : NULL;

    /* Of two media with a wire the mismatch is the more telling word. */
    if (unsuitable != NULL &&
        (mp_link_is_ethernet(link) || (link->flags & (MP_IFF_LOOPBACK | MP_IFF_POINTOPOINT)) != 0))
        return refuse_unsuitable(config, unsuitable, error);
    for (guint i = 0; link != NULL && i < group->interfaces->len; i++) {
        const MpInterfaceConfig *other = g_ptr_array_index(group->interfaces, i);
        const MpLink *theirs = i != at ? link_for(engine, other) : NULL;

        if (theirs != NULL && !check_pair(config, link, other, theirs, error))
            return FALSE;
    }
    return unsuitable == NULL || refuse_unsuitable(config, unsuitable, error);
}

static gboolean check_address(const MpEngine *engine, const char *group, const MpAddress *address,
                              GError **error)
{
    const MpData *data = g_hash_table_lookup(engine->data, address);
    char text[MP_ADDRESS_STRING_MAX];

    if (data == NULL || strcmp(data->group->config->name, group) == 0 || data->group->deleted)
        return TRUE;
    g_set_error(error, MP_ERROR, MP_ERROR_EXISTS, "%s is a data address of group %s already",
                mp_address_format_host(address, text), data->group->config->name);
    return FALSE;
}

static gboolean check_addresses(const MpEngine *engine, const char *group, const GArray *addresses,
                                GError **error)
{
    for (guint i = 0; i < addresses->len; i++) {
        if (!check_address(engine, group, &g_array_index(addresses, MpAddress, i), error))
            return FALSE;
    }
    return TRUE;
}

static gboolean check_group(const MpEngine *engine, const MpGroupConfig *config, GError **error)
{
    const MpGroup *known = mp_engine_group(engine, config->name);

    if (known != NULL && known->deleted) {
        g_set_error(error, MP_ERROR, MP_ERROR_BUSY, "group %s is still being given back: try again",
                    config->name);
        return FALSE;
    }
    if (!check_addresses(engine, config->name, config->addresses, error))
        return FALSE;
    for (guint i = 0; i < config->interfaces->len; i++) {
        const MpInterfaceConfig *interface = g_ptr_array_index(config->interfaces, i);
        MpMember *member = known != NULL ? mp_group_member(known, interface->name) : NULL;
        MpMember *elsewhere = mp_engine_member(engine, interface->name);

        if (elsewhere != NULL && elsewhere->leaving) {
            g_set_error(error, MP_ERROR, MP_ERROR_BUSY, "%s is still being given back: try again",
                        interface->name);
            return FALSE;
        }
        if (!check_addresses(engine, config->name, interface->addresses, error))
            return FALSE;
        if (member == NULL && !check_newcomer(engine, config, i, error))
            return FALSE;
    }
    return TRUE;
}

gboolean mp_engine_check(const MpEngine *engine, const MpConfig *config, GError **error)
{
    for (guint i = 0; i < config->groups->len; i++) {
        if (!check_group(engine, g_ptr_array_index(config->groups, i), error))
            return FALSE;
    }
    return TRUE;
}
