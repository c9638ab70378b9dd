/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keeps what was learned for the next life of the daemon: asks for it now and then, and writes what
 * is worth it. Losing it costs probing its experience and nothing else, so that nobody waits for
 * it. */
#pragma once

#include "store.h"

#define IPMPD_KEEPER_ASK_MS 5000u
#define IPMPD_KEEPER_FRESH_US (60 * MP_USEC_PER_SEC) /* written so often, changed or not */

typedef struct IpmpdKeeper IpmpdKeeper;

/* `ask`: ipmpd_keeper_take() is to be called with what is learned, now or later. */
IpmpdKeeper *ipmpd_keeper_new(IpmpdStore *store, void (*ask)(gpointer user_data),
                              gpointer user_data);
void ipmpd_keeper_free(IpmpdKeeper *keeper);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(IpmpdKeeper, ipmpd_keeper_free)

void ipmpd_keeper_take(IpmpdKeeper *keeper, MpLearned *learned);
/* No more asking; what is taken from now on is written in any case. */
void ipmpd_keeper_end(IpmpdKeeper *keeper);
