/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The devices' names by index, as the last link message told: a few of the kernel's doors open
 * only to a name, and asking for it each time would cost more than the call it is for. */
#pragma once

#include "event.h"

typedef struct MpNames MpNames;

MpNames *mp_names_new(void);
void mp_names_free(MpNames *names);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MpNames, mp_names_free)

/* Learns from MP_EVENT_LINK and forgets at MP_EVENT_LINK_GONE. */
void mp_names_learn(MpNames *names, const MpEvent *event);
/* NULL: no such device. Belongs to `names`. */
const char *mp_names_get(MpNames *names, guint index);
