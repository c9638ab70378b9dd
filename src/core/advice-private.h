/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parts of the advice, one for each thing that is looked at. */
#pragma once

#include "advice.h"

typedef struct {
    const MpAdviceInput *input;
    const MpSnapshotGroup *group;
    GPtrArray *list;
} MpAdviceGroup;

/* `member` NULL: of the group. Takes `message` and `advice`. */
void mp_advice_add(const MpAdviceGroup *self, MpSeverity severity, MpAdviceCode code,
                   const MpSnapshotInterface *member, char *message, char *advice);

/* Working, as far as anybody can tell: with link, not failed, in service. */
gboolean mp_advice_member_works(const MpSnapshotInterface *member);
/* How many addresses of the family the group has. */
guint mp_advice_count_addresses(const MpSnapshotGroup *group, guint8 family);
/* Names with ", " between them; the last after " and ". g_free(). */
char *mp_advice_join(const GPtrArray *names);

void mp_advice_of_group(const MpAdviceGroup *self);
void mp_advice_of_members(const MpAdviceGroup *self);
void mp_advice_of_link(const MpAdviceGroup *self);
void mp_advice_of_settings(const MpAdviceGroup *self);
void mp_advice_of_probes(const MpAdviceGroup *self);
void mp_advice_of_managers(const MpAdviceGroup *self);
