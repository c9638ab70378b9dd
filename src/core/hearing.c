/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hearing.h"

#include <string.h>

/* FALSE: it has none of Ethernet's ("02:00:00:00:00:01"). */
static gboolean hwaddr_read(const char *text, guint8 out[6])
{
    if (strlen(text) != 3 * 6 - 1)
        return FALSE;
    for (guint i = 0; i < 6; i++) {
        gint high = g_ascii_xdigit_value(text[3 * i]), low = g_ascii_xdigit_value(text[3 * i + 1]);

        if (high < 0 || low < 0)
            return FALSE;
        out[i] = (guint8)(high << 4 | low);
    }
    return TRUE;
}

/* One out of service is left in peace, and two of the same hardware address cannot be told apart.
 */
static gboolean member_can_call(const MpSnapshotInterface *member)
{
    return member->index != 0 && member->link_state != MP_LINK_DOWN && !member->duplicate &&
           member->state != MP_INTERFACE_OFFLINE && member->state != MP_INTERFACE_MISSING;
}

static void hearing_add_group(MpHearing *hearing, const MpSnapshotGroup *group)
{
    guint first = hearing->ports->len;
    guint count;

    for (guint i = 0; i < group->interfaces->len; i++) {
        const MpSnapshotInterface *member = group->interfaces->pdata[i];
        MpHearingPort port = {.index = member->index, .first = first};

        memset(port.settings, 0xff, sizeof port.settings);

        if (member_can_call(member) && hwaddr_read(member->hardware_address, port.hwaddr))
            g_array_append_val(hearing->ports, port);
    }
    count = hearing->ports->len - first;
    if (count < 2)
        g_array_set_size(hearing->ports, first);
    for (guint i = first; i < hearing->ports->len; i++) {
        MpHearingPort *port = &g_array_index(hearing->ports, MpHearingPort, i);

        port->count = count;
        g_hash_table_insert(hearing->places, GUINT_TO_POINTER(port->index),
                            GUINT_TO_POINTER(i + 1));
    }
}

static void bystander_free(gpointer data)
{
    MpBystander *bystander = data;

    g_free(bystander->name);
    g_array_unref(bystander->heard);
    g_free(bystander);
}

static void hearing_add_bystander(MpHearing *hearing, const MpSnapshotDevice *device)
{
    MpBystander *bystander = g_new0(MpBystander, 1);

    bystander->index = device->index;
    bystander->name = g_strdup(device->name);
    bystander->heard = g_array_new(FALSE, FALSE, sizeof(guint));
    g_ptr_array_add(hearing->bystanders, bystander);
}

MpHearing *mp_hearing_new(const MpSnapshot *snapshot)
{
    MpHearing *hearing = g_new0(MpHearing, 1);

    hearing->ports = g_array_new(FALSE, TRUE, sizeof(MpHearingPort));
    hearing->places = g_hash_table_new(NULL, NULL);
    memset(hearing->settings, 0xff, sizeof hearing->settings);
    for (guint i = 0; i < snapshot->groups->len; i++) {
        const MpSnapshotGroup *group = snapshot->groups->pdata[i];

        if (!group->anonymous)
            hearing_add_group(hearing, group);
    }
    hearing->bystanders = g_ptr_array_new_with_free_func(bystander_free);
    for (guint i = 0; hearing->ports->len > 0 && i < snapshot->devices->len; i++) {
        const MpSnapshotDevice *device = snapshot->devices->pdata[i];

        if (device->group == NULL && device->suitable)
            hearing_add_bystander(hearing, device);
    }
    return hearing;
}

void mp_hearing_free(MpHearing *hearing)
{
    g_array_unref(hearing->ports);
    g_hash_table_unref(hearing->places);
    g_ptr_array_unref(hearing->bystanders);
    g_free(hearing);
}

static MpHearingPort *hearing_port(const MpHearing *hearing, guint index)
{
    guint place = GPOINTER_TO_UINT(g_hash_table_lookup(hearing->places, GUINT_TO_POINTER(index)));

    return place > 0 ? &g_array_index(hearing->ports, MpHearingPort, place - 1) : NULL;
}

const MpHearingPort *mp_hearing_find(const MpHearing *hearing, guint index)
{
    const MpHearingPort *port = hearing_port(hearing, index);

    return port != NULL && port->called ? port : NULL;
}

static guint first_of(const MpHearing *hearing, guint index)
{
    return hearing_port(hearing, index)->first;
}

/* One of each group is enough: whether it is on its link. */
static void bystander_note(const MpHearing *hearing, MpBystander *bystander,
                           const MpHearingPort *caller)
{
    for (guint i = 0; i < bystander->heard->len; i++) {
        if (first_of(hearing, g_array_index(bystander->heard, guint, i)) == caller->first)
            return;
    }
    g_array_append_val(bystander->heard, caller->index);
}

static void note_at_bystander(MpHearing *hearing, guint index, const guint8 hwaddr[6])
{
    MpBystander *bystander = NULL;

    for (guint i = 0; bystander == NULL && i < hearing->bystanders->len; i++) {
        if (((MpBystander *)hearing->bystanders->pdata[i])->index == index)
            bystander = hearing->bystanders->pdata[i];
    }
    for (guint i = 0; bystander != NULL && i < hearing->ports->len; i++) {
        const MpHearingPort *caller = &g_array_index(hearing->ports, MpHearingPort, i);

        if (memcmp(caller->hwaddr, hwaddr, 6) == 0)
            bystander_note(hearing, bystander, caller);
    }
}

void mp_hearing_note(MpHearing *hearing, guint index, const guint8 hwaddr[6])
{
    MpHearingPort *listener = hearing_port(hearing, index);

    if (listener == NULL) {
        note_at_bystander(hearing, index, hwaddr);
        return;
    }
    for (guint i = 0; i < listener->count; i++) {
        const MpHearingPort *caller =
            &g_array_index(hearing->ports, MpHearingPort, listener->first + i);

        if (caller != listener && memcmp(caller->hwaddr, hwaddr, 6) == 0)
            listener->heard |= G_GUINT64_CONSTANT(1) << i;
    }
}

gboolean mp_hearing_heard(const MpHearing *hearing, guint listener, guint caller)
{
    const MpHearingPort *ear = hearing_port(hearing, listener);
    guint place = GPOINTER_TO_UINT(g_hash_table_lookup(hearing->places, GUINT_TO_POINTER(caller)));

    if (ear == NULL || place <= ear->first || place > ear->first + ear->count)
        return FALSE;
    return (ear->heard >> (place - 1 - ear->first) & 1) != 0;
}

gboolean mp_hearing_is_complete(const MpHearing *hearing, const MpHearingPort *port)
{
    for (guint i = 0; i < port->count; i++) {
        const MpHearingPort *other = &g_array_index(hearing->ports, MpHearingPort, port->first + i);

        if (other != port && !(mp_hearing_heard(hearing, port->index, other->index) &&
                               mp_hearing_heard(hearing, other->index, port->index)))
            return FALSE;
    }
    return TRUE;
}
