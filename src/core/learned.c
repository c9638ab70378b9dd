/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "learned.h"

MpLearned *mp_learned_new(void)
{
    MpLearned *learned = g_atomic_rc_box_new0(MpLearned);

    learned->intervals = g_ptr_array_new_with_free_func((GDestroyNotify)mp_learned_interval_free);
    learned->targets = g_ptr_array_new_with_free_func((GDestroyNotify)mp_learned_target_free);
    learned->estimates = g_ptr_array_new_with_free_func((GDestroyNotify)mp_learned_estimate_free);
    return learned;
}

MpLearned *mp_learned_ref(const MpLearned *learned)
{
    return g_atomic_rc_box_acquire((gpointer)learned);
}

static void learned_clear(gpointer data)
{
    MpLearned *learned = data;

    g_ptr_array_unref(learned->intervals);
    g_ptr_array_unref(learned->targets);
    g_ptr_array_unref(learned->estimates);
}

void mp_learned_unref(MpLearned *learned)
{
    g_atomic_rc_box_release_full(learned, learned_clear);
}

void mp_learned_interval_free(MpLearnedInterval *entry)
{
    g_free(entry->group);
    g_free(entry->interface);
    g_free(entry);
}

void mp_learned_target_free(MpLearnedTarget *entry)
{
    g_free(entry->group);
    g_free(entry->interface);
    g_free(entry);
}

void mp_learned_estimate_free(MpLearnedEstimate *entry)
{
    g_free(entry->interface);
    g_free(entry);
}

static gboolean interval_differs(const MpLearnedInterval *a, const MpLearnedInterval *b)
{
    return g_strcmp0(a->group, b->group) != 0 || g_strcmp0(a->interface, b->interface) != 0 ||
           a->detection_ms != b->detection_ms || a->failures != b->failures ||
           a->interval_us != b->interval_us || a->raised_us != b->raised_us;
}

static gboolean target_differs(const MpLearnedTarget *a, const MpLearnedTarget *b)
{
    return g_strcmp0(a->group, b->group) != 0 || g_strcmp0(a->interface, b->interface) != 0 ||
           !mp_address_equal(&a->address, &b->address) || a->source != b->source ||
           a->heard != b->heard || a->answered != b->answered;
}

static gboolean time_differs(gint64 a, gint64 b)
{
    return ABS(a - b) > MAX(a, b) / 4;
}

static gboolean estimate_differs(const MpLearnedEstimate *a, const MpLearnedEstimate *b)
{
    /* Few samples are not trusted: how many there are matters only then. */
    return g_strcmp0(a->interface, b->interface) != 0 ||
           !mp_address_equal(&a->address, &b->address) || a->state != b->state ||
           MIN(a->samples, 8u) != MIN(b->samples, 8u) ||
           time_differs(a->average8_us, b->average8_us) ||
           time_differs(a->average8_us / 2 + a->deviation4_us,
                        b->average8_us / 2 + b->deviation4_us);
}

typedef gboolean (*DiffersFunc)(gconstpointer a, gconstpointer b);

static gboolean list_differs(const GPtrArray *a, const GPtrArray *b, DiffersFunc differs)
{
    if (a->len != b->len)
        return TRUE;
    for (guint i = 0; i < a->len; i++) {
        if (differs(a->pdata[i], b->pdata[i]))
            return TRUE;
    }
    return FALSE;
}

gboolean mp_learned_differs(const MpLearned *a, const MpLearned *b)
{
    return list_differs(a->intervals, b->intervals, (DiffersFunc)interval_differs) ||
           list_differs(a->targets, b->targets, (DiffersFunc)target_differs) ||
           list_differs(a->estimates, b->estimates, (DiffersFunc)estimate_differs);
}
