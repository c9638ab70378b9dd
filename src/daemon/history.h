/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The latest notices, bounded: the oldest makes room for the newest. */
#pragma once

#include "engine.h"

#define IPMPD_HISTORY_CAPACITY 10000u

typedef struct IpmpdHistory IpmpdHistory;

typedef struct {
    MpNotice notice;
    gint64 wall_us; /* when it happened, by the wall clock of the time it was told */
} IpmpdHistoryEntry;

IpmpdHistory *ipmpd_history_new(guint capacity); /* at least 1 */
void ipmpd_history_free(IpmpdHistory *history);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(IpmpdHistory, ipmpd_history_free)

/* Returns the entry as kept; good until the next add. */
const IpmpdHistoryEntry *ipmpd_history_add(IpmpdHistory *history, const MpNotice *notice,
                                           gint64 wall_us);
guint ipmpd_history_length(const IpmpdHistory *history);
/* 0 = the newest; NULL beyond the oldest. */
const IpmpdHistoryEntry *ipmpd_history_get(const IpmpdHistory *history, guint nth);
