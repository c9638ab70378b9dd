/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "output.h"

/* While it lives, what is written to `output` goes through $PAGER, or less; without a terminal, or
 * with PAGER set to nothing or cat, or TERM to dumb, NULL. Ending it waits until the reader has
 * seen enough. */
typedef struct CtlPager CtlPager;

CtlPager *ctl_pager_start(CtlOutput *output);
void ctl_pager_stop(CtlPager *pager);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CtlPager, ctl_pager_stop)
