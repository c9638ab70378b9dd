/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "history.h"

struct IpmpdHistory {
    GArray *entries; /* IpmpdHistoryEntry; grows to `capacity`, then it is a ring */
    guint capacity;
    guint next; /* where the next one goes */
};

IpmpdHistory *ipmpd_history_new(guint capacity)
{
    IpmpdHistory *history = g_new0(IpmpdHistory, 1);

    history->capacity = MAX(capacity, 1);
    history->entries = g_array_new(FALSE, FALSE, sizeof(IpmpdHistoryEntry));
    return history;
}

void ipmpd_history_free(IpmpdHistory *history)
{
    if (history == NULL)
        return;
    g_array_unref(history->entries);
    g_free(history);
}

const IpmpdHistoryEntry *ipmpd_history_add(IpmpdHistory *history, const MpNotice *notice,
                                           gint64 wall_us)
{
    IpmpdHistoryEntry entry = {.notice = *notice, .wall_us = wall_us};
    guint at = history->next;

    if (history->entries->len < history->capacity)
        g_array_append_val(history->entries, entry);
    else
        g_array_index(history->entries, IpmpdHistoryEntry, at) = entry;
    history->next = (at + 1) % history->capacity;
    return &g_array_index(history->entries, IpmpdHistoryEntry, at);
}

guint ipmpd_history_length(const IpmpdHistory *history)
{
    return history->entries->len;
}

const IpmpdHistoryEntry *ipmpd_history_get(const IpmpdHistory *history, guint nth)
{
    guint length = history->entries->len;

    if (nth >= length)
        return NULL;
    /* `next` is the place behind the newest, also while the ring still grows. */
    return &g_array_index(history->entries, IpmpdHistoryEntry,
                          (history->next + history->capacity - 1 - nth) % history->capacity);
}
