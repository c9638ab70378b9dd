/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "picture-private.h"

#include <string.h>

static guint ifaddr_hash(gconstpointer data)
{
    const MpIfaddr *ifaddr = data;

    return mp_address_hash(&ifaddr->address) ^ (ifaddr->index * 2654435761u);
}

static gboolean ifaddr_equal(gconstpointer a, gconstpointer b)
{
    return mp_ifaddr_same_key(a, b);
}

static gboolean fixed_equal(gconstpointer a, gconstpointer b)
{
    return mp_fixed_same_key(a, b);
}

MpPicture *mp_picture_new(void)
{
    MpPicture *picture = g_new0(MpPicture, 1);

    picture->links = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    picture->addresses = g_ptr_array_new_with_free_func(g_free);
    picture->by_key = g_hash_table_new(ifaddr_hash, ifaddr_equal);
    picture->by_device = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);
    picture->sources = g_hash_table_new(NULL, NULL);
    picture->taken = g_hash_table_new_full(ifaddr_hash, ifaddr_equal, g_free, NULL);
    picture->no_addresses = g_ptr_array_new();
    mp_picture_routes_init(picture);
    picture->nexthops = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    picture->lost = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    picture->rules = g_array_new(FALSE, TRUE, sizeof(MpRule));
    picture->fixed = g_hash_table_new_full(mp_fixed_hash, fixed_equal, g_free, NULL);
    picture->sysctls = g_hash_table_new(NULL, NULL);
    picture->dumped = g_hash_table_new(NULL, NULL);
    return picture;
}

void mp_picture_free(MpPicture *picture)
{
    if (picture == NULL)
        return;
    g_hash_table_unref(picture->links);
    g_hash_table_unref(picture->by_key);
    g_hash_table_unref(picture->by_device);
    g_hash_table_unref(picture->taken);
    g_hash_table_unref(picture->sources);
    g_ptr_array_unref(picture->no_addresses);
    g_ptr_array_unref(picture->addresses);
    mp_picture_routes_clear(picture);
    g_hash_table_unref(picture->nexthops);
    g_hash_table_unref(picture->lost);
    g_array_unref(picture->rules);
    g_hash_table_unref(picture->fixed);
    g_hash_table_unref(picture->sysctls);
    g_hash_table_unref(picture->dumped);
    g_free(picture);
}

/* Look-ups ----------------------------------------------------------------------------------------
 */

static gboolean is_up(const MpPictureLink *entry)
{
    return entry != NULL && (entry->link.flags & MP_IFF_UP) != 0;
}

static MpPictureLink *link_find(const MpPicture *picture, guint index)
{
    return g_hash_table_lookup(picture->links, GUINT_TO_POINTER(index));
}

const MpLink *mp_picture_link(const MpPicture *picture, guint index)
{
    MpPictureLink *entry = link_find(picture, index);

    return entry != NULL ? &entry->link : NULL;
}

const MpLink *mp_picture_link_by_name(const MpPicture *picture, const char *name)
{
    GHashTableIter iter;
    MpPictureLink *entry;

    g_hash_table_iter_init(&iter, picture->links);
    while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&entry)) {
        if (strcmp(entry->link.name, name) == 0)
            return &entry->link;
    }
    return NULL;
}

gboolean mp_picture_link_read_down(const MpPicture *picture, guint index)
{
    MpPictureLink *entry = link_find(picture, index);

    return entry != NULL && entry->read_down;
}

gboolean mp_picture_link_usable(const MpPicture *picture, guint index)
{
    MpPictureLink *entry = link_find(picture, index);
    guint wanted = MP_IFF_UP | MP_IFF_RUNNING;

    return entry != NULL && (entry->link.flags & wanted) == wanted && !entry->read_down;
}

const MpIfaddr *mp_picture_ifaddr(const MpPicture *picture, guint index, const MpAddress *address)
{
    MpIfaddr key = {.index = index, .address = *address};
    MpPictureAddress *entry = g_hash_table_lookup(picture->by_key, &key);

    return entry != NULL ? &entry->ifaddr : NULL;
}

const GPtrArray *mp_picture_addresses(const MpPicture *picture, guint index)
{
    const GPtrArray *list = g_hash_table_lookup(picture->by_device, GUINT_TO_POINTER(index));

    return list != NULL ? list : picture->no_addresses;
}

gboolean mp_picture_has_link_local(const MpPicture *picture, guint index)
{
    const GPtrArray *list = mp_picture_addresses(picture, index);

    for (guint i = 0; i < list->len; i++) {
        MpPictureAddress *entry = g_ptr_array_index(list, i);
        const MpIfaddr *ifaddr = &entry->ifaddr;

        if (ifaddr->address.family == MP_IPV6 && mp_address_is_link_local(&ifaddr->address) &&
            (ifaddr->flags & (MP_IFA_TENTATIVE | MP_IFA_DADFAILED)) == 0)
            return TRUE;
    }
    return FALSE;
}

const MpNexthop *mp_picture_nexthop(const MpPicture *picture, guint32 id)
{
    return g_hash_table_lookup(picture->nexthops, GUINT_TO_POINTER(id));
}

const MpNexthop *mp_picture_nexthop_made(const MpPicture *picture, guint32 id)
{
    const MpNexthop *lost = g_hash_table_lookup(picture->lost, GUINT_TO_POINTER(id));

    return lost != NULL ? lost : mp_picture_nexthop(picture, id);
}

static gpointer sysctl_key(guint index, MpSysctl key)
{
    return GUINT_TO_POINTER(index * 16 + (guint)key + 1);
}

gint mp_picture_sysctl(const MpPicture *picture, guint index, MpSysctl key)
{
    gpointer value;

    if (!g_hash_table_lookup_extended(picture->sysctls, sysctl_key(index, key), NULL, &value))
        return -1;
    return GPOINTER_TO_INT(value);
}

gboolean mp_picture_has_rule(const MpPicture *picture, const MpRule *rule)
{
    for (guint i = 0; i < picture->rules->len; i++) {
        if (mp_rule_equal(&g_array_index(picture->rules, MpRule, i), rule))
            return TRUE;
    }
    return FALSE;
}

/* Addresses ---------------------------------------------------------------------------------------
 */

static gboolean same_end(guint32 a_s, gint64 a_us, guint32 b_s, gint64 b_us)
{
    if (a_s == MP_FOREVER || b_s == MP_FOREVER)
        return a_s == b_s;
    return ABS(a_s * MP_USEC_PER_SEC + a_us - b_s * MP_USEC_PER_SEC - b_us) < MP_USEC_PER_SEC;
}

/* The kernel tells what is left in whole seconds, so that at each telling the end seems to be
 * another one: it is the first that counts. */
static void keep_lifetime(MpIfaddr *ifaddr, const MpIfaddr *before)
{
    if (!same_end(ifaddr->valid_s, ifaddr->stamp_us, before->valid_s, before->stamp_us) ||
        !same_end(ifaddr->preferred_s, ifaddr->stamp_us, before->preferred_s, before->stamp_us))
        return;
    ifaddr->valid_s = before->valid_s;
    ifaddr->preferred_s = before->preferred_s;
    ifaddr->stamp_us = before->stamp_us;
}

static GPtrArray *device_list(MpPicture *picture, guint index)
{
    GPtrArray *list = g_hash_table_lookup(picture->by_device, GUINT_TO_POINTER(index));

    if (list == NULL) {
        list = g_ptr_array_new();
        g_hash_table_insert(picture->by_device, GUINT_TO_POINTER(index), list);
    }
    return list;
}

static void address_apply(MpPicture *picture, const MpIfaddr *ifaddr)
{
    MpPictureAddress *entry = g_hash_table_lookup(picture->by_key, ifaddr);
    MpIfaddr before;

    if (entry == NULL) {
        entry = g_new0(MpPictureAddress, 1);
        entry->ifaddr = *ifaddr;
        g_ptr_array_add(picture->addresses, entry);
        g_hash_table_insert(picture->by_key, &entry->ifaddr, entry);
        g_ptr_array_add(device_list(picture, ifaddr->index), entry);
        if (ifaddr->address.family == MP_IPV4 && is_up(link_find(picture, ifaddr->index)))
            mp_picture_hops_change(picture, ifaddr->index, MP_HOPS_ALIVE);
    }
    before = entry->ifaddr;
    entry->ifaddr = *ifaddr;
    keep_lifetime(&entry->ifaddr, &before);
    entry->seen = TRUE;
    picture->address_serial++;
}

static void address_drop_at(MpPicture *picture, guint at)
{
    MpPictureAddress *entry = g_ptr_array_index(picture->addresses, at);
    GPtrArray *list = device_list(picture, entry->ifaddr.index);

    g_hash_table_remove(picture->by_key, &entry->ifaddr);
    g_ptr_array_remove(list, entry);
    if (list->len == 0) /* devices come and go, and no index comes again */
        g_hash_table_remove(picture->by_device, GUINT_TO_POINTER(entry->ifaddr.index));
    g_ptr_array_remove_index(picture->addresses, at);
    picture->address_serial++;
}

static gboolean has_ipv4(const MpPicture *picture, guint index)
{
    const GPtrArray *list = mp_picture_addresses(picture, index);

    for (guint i = 0; i < list->len; i++) {
        const MpPictureAddress *entry = g_ptr_array_index(list, i);

        if (entry->ifaddr.address.family == MP_IPV4)
            return TRUE;
    }
    return FALSE;
}

/* With the last IPv4 address of a device its IPv4 routes go, and nobody says so. */
static void address_gone(MpPicture *picture, const MpIfaddr *key)
{
    MpPictureAddress *entry = g_hash_table_lookup(picture->by_key, key);
    guint at;

    if (entry != NULL && g_ptr_array_find(picture->addresses, entry, &at))
        address_drop_at(picture, at);
    if (key->address.family == MP_IPV4 && !has_ipv4(picture, key->index))
        mp_picture_hops_change(picture, key->index, MP_HOPS_DEAD);
}

static void addresses_drop_by_link(MpPicture *picture, guint index)
{
    for (guint i = picture->addresses->len; i > 0; i--) {
        MpPictureAddress *entry = g_ptr_array_index(picture->addresses, i - 1);

        if (entry->ifaddr.index == index)
            address_drop_at(picture, i - 1);
    }
}

/* Links -------------------------------------------------------------------------------------------
 */

static void link_apply(MpPicture *picture, const MpLink *link)
{
    MpPictureLink *entry = link_find(picture, link->index);
    guint usable = MP_IFF_UP | MP_IFF_RUNNING;

    if (entry == NULL) {
        entry = g_new0(MpPictureLink, 1);
        g_hash_table_insert(picture->links, GUINT_TO_POINTER(link->index), entry);
    }
    if ((link->flags & ~entry->link.flags & MP_IFF_UP) != 0)
        mp_picture_hops_change(picture, link->index, MP_HOPS_ALIVE);
    entry->link = *link;
    if ((link->flags & usable) != usable) {
        entry->read_down = FALSE; /* the message says the same by now */
        mp_picture_nexthops_drop_by_link(picture, link->index);
    }
    if ((link->flags & MP_IFF_UP) == 0)
        mp_picture_hops_change(picture, link->index, MP_HOPS_DEAD);
}

static gboolean is_on(gpointer key, gpointer value, gpointer index)
{
    (void)value;
    return ((const MpPictureFixed *)key)->fixed.index == GPOINTER_TO_UINT(index);
}

void mp_picture_forget_told_sysctls(MpPicture *picture, guint index)
{
    static const MpSysctl told[] = {MP_SYSCTL_RP_FILTER, MP_SYSCTL_IGNORE_LINKDOWN4,
                                    MP_SYSCTL_IGNORE_LINKDOWN6};

    for (guint i = 0; i < G_N_ELEMENTS(told); i++)
        g_hash_table_remove(picture->sysctls, sysctl_key(index, told[i]));
}

static void link_gone(MpPicture *picture, guint index)
{
    g_hash_table_foreach_remove(picture->fixed, is_on, GUINT_TO_POINTER(index));
    mp_picture_nexthops_drop_by_link(picture, index);
    mp_picture_hops_change(picture, index, MP_HOPS_GONE);
    addresses_drop_by_link(picture, index);
    for (guint key = 0; key < MP_N_SYSCTLS; key++)
        g_hash_table_remove(picture->sysctls, sysctl_key(index, key));
    g_hash_table_remove(picture->links, GUINT_TO_POINTER(index));
}

gboolean mp_picture_read_link(MpPicture *picture, guint index, gboolean up)
{
    MpPictureLink *entry = link_find(picture, index);

    if (entry == NULL || (entry->link.flags & MP_IFF_RUNNING) == 0 || entry->read_down == !up)
        return FALSE;
    entry->read_down = !up;
    return TRUE;
}

void mp_picture_forget_reads(MpPicture *picture)
{
    GHashTableIter iter;
    MpPictureLink *entry;

    g_hash_table_iter_init(&iter, picture->links);
    while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&entry))
        entry->read_down = FALSE;
}

/* Nexthops and rules ------------------------------------------------------------------------------
 */

static void nexthop_apply(MpPicture *picture, const MpNexthop *nexthop)
{
    const MpNexthop *has = mp_picture_nexthop(picture, nexthop->id);

    /* A dump shows a group that lost members as the kernel left it. */
    if (has == NULL || !mp_nexthop_equal(has, nexthop)) {
        g_hash_table_remove(picture->lost, GUINT_TO_POINTER(nexthop->id));
        mp_picture_note_nexthop(picture, nexthop->id);
    }
    g_hash_table_insert(picture->nexthops, GUINT_TO_POINTER(nexthop->id),
                        g_memdup2(nexthop, sizeof *nexthop));
}

static void rule_apply(MpPicture *picture, const MpRule *rule)
{
    if (mp_picture_has_rule(picture, rule))
        return;
    g_array_append_val(picture->rules, *rule);
    if (rule->protocol != MP_PROTOCOL)
        picture->rules_serial++;
}

static void rule_gone(MpPicture *picture, const MpRule *rule)
{
    for (guint i = 0; i < picture->rules->len; i++) {
        if (mp_rule_equal(&g_array_index(picture->rules, MpRule, i), rule)) {
            g_array_remove_index(picture->rules, i);
            if (rule->protocol != MP_PROTOCOL)
                picture->rules_serial++;
            return;
        }
    }
}

/* Neighbours --------------------------------------------------------------------------------------
 */

const MpFixed *mp_picture_fixed(const MpPicture *picture, guint index, const MpAddress *address)
{
    const MpFixed key = {.index = index, .address = *address};

    return g_hash_table_lookup(picture->fixed, &key);
}

static void fixed_apply(MpPicture *picture, const MpFixed *fixed)
{
    MpPictureFixed *entry = g_new0(MpPictureFixed, 1);

    entry->fixed = *fixed;
    entry->seen = TRUE;
    g_hash_table_replace(picture->fixed, entry, entry);
}

static gboolean is_unseen(gpointer key, gpointer value, gpointer unused)
{
    (void)value, (void)unused;
    return !((const MpPictureFixed *)key)->seen;
}

static void fixed_dump(MpPicture *picture)
{
    GHashTableIter iter;
    gpointer key;

    g_hash_table_iter_init(&iter, picture->fixed);
    while (g_hash_table_iter_next(&iter, &key, NULL))
        ((MpPictureFixed *)key)->seen = FALSE;
}

/* Dumps: what is neither shown nor notified between begin and end is not there --------------------
 */

static void dump_begin(MpPicture *picture, MpDump dump)
{
    picture->running |= dump;
    if (dump == MP_DUMP_ADDRESSES) {
        for (guint i = 0; i < picture->addresses->len; i++)
            ((MpPictureAddress *)g_ptr_array_index(picture->addresses, i))->seen = FALSE;
    } else if (dump == MP_DUMP_ROUTES) {
        mp_picture_routes_dump(picture);
    } else if (dump == MP_DUMP_RULES) {
        g_array_set_size(picture->rules, 0);
        picture->rules_serial++;
    } else if (dump == MP_DUMP_FIXED) {
        fixed_dump(picture);
    } else if (dump == MP_DUMP_LINKS || dump == MP_DUMP_NEXTHOPS) {
        g_hash_table_remove_all(picture->dumped);
    }
}

static void sweep_addresses(MpPicture *picture)
{
    for (guint i = picture->addresses->len; i > 0; i--) {
        if (!((MpPictureAddress *)g_ptr_array_index(picture->addresses, i - 1))->seen)
            address_drop_at(picture, i - 1);
    }
}

static void sweep_hash(MpPicture *picture, GHashTable *table, void (*drop)(MpPicture *, guint))
{
    g_autoptr(GList) keys = g_hash_table_get_keys(table);

    for (GList *key = keys; key != NULL; key = key->next) {
        if (!g_hash_table_contains(picture->dumped, key->data))
            drop(picture, GPOINTER_TO_UINT(key->data));
    }
}

static void dump_end(MpPicture *picture, MpDump dump, int error)
{
    /* It is asked for again, and until then half of the rules are not in the picture. */
    if (error != 0 && dump == MP_DUMP_RULES)
        return;
    picture->running &= ~(guint)dump;
    if (error != 0)
        return;
    picture->complete |= dump;
    if (dump == MP_DUMP_ADDRESSES)
        sweep_addresses(picture);
    else if (dump == MP_DUMP_ROUTES)
        mp_picture_routes_sweep(picture);
    else if (dump == MP_DUMP_LINKS)
        sweep_hash(picture, picture->links, link_gone);
    else if (dump == MP_DUMP_NEXTHOPS)
        sweep_hash(picture, picture->nexthops, mp_picture_nexthop_sweep);
    else if (dump == MP_DUMP_FIXED)
        g_hash_table_foreach_remove(picture->fixed, is_unseen, NULL);
}

static void note_dumped(MpPicture *picture, MpDump kind, guint key)
{
    if ((picture->running & kind) != 0)
        g_hash_table_add(picture->dumped, GUINT_TO_POINTER(key));
}

void mp_picture_apply(MpPicture *picture, const MpEvent *event)
{
    switch (event->kind) {
    case MP_EVENT_LINK:
        link_apply(picture, &event->link);
        note_dumped(picture, MP_DUMP_LINKS, event->link.index);
        break;
    case MP_EVENT_LINK_GONE:
        link_gone(picture, event->index);
        break;
    case MP_EVENT_LINK_READ:
        mp_picture_read_link(picture, event->index, event->up);
        break;
    case MP_EVENT_ADDRESS:
        address_apply(picture, &event->address);
        break;
    case MP_EVENT_ADDRESS_GONE:
        address_gone(picture, &event->address);
        break;
    case MP_EVENT_ROUTE:
        mp_picture_route_apply(picture, event);
        break;
    case MP_EVENT_ROUTE_GONE:
        mp_picture_route_gone(picture, event);
        break;
    case MP_EVENT_NEXTHOP:
        nexthop_apply(picture, &event->nexthop);
        note_dumped(picture, MP_DUMP_NEXTHOPS, event->nexthop.id);
        break;
    case MP_EVENT_NEXTHOP_GONE:
        mp_picture_nexthop_drop(picture, event->nexthop.id, FALSE);
        break;
    case MP_EVENT_RULE:
        rule_apply(picture, &event->rule);
        break;
    case MP_EVENT_RULE_GONE:
        rule_gone(picture, &event->rule);
        break;
    case MP_EVENT_FIXED:
        fixed_apply(picture, &event->fixed);
        break;
    case MP_EVENT_FIXED_GONE:
        g_hash_table_remove(picture->fixed, &event->fixed);
        break;
    case MP_EVENT_SYSCTL:
        g_hash_table_insert(picture->sysctls, sysctl_key(event->sysctl.index, event->sysctl.key),
                            GINT_TO_POINTER(event->sysctl.value));
        break;
    case MP_EVENT_DUMP_BEGIN:
        dump_begin(picture, event->dump);
        break;
    case MP_EVENT_DUMP_END:
        dump_end(picture, event->dump, event->error);
        break;
    default: /* no word of what the kernel has */
        break;
    }
}
