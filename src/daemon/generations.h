/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How often a name has been given up: an object that has gone is not the one that has its name
 * later. */
#pragma once

#include "config.h"

typedef struct IpmpdGenerations IpmpdGenerations;

IpmpdGenerations *ipmpd_generations_new(void);
void ipmpd_generations_free(IpmpdGenerations *generations);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(IpmpdGenerations, ipmpd_generations_free)

/* `before` gives way to `after`. */
void ipmpd_generations_update(IpmpdGenerations *generations, const MpConfig *before,
                              const MpConfig *after);
guint64 ipmpd_generations_of_group(IpmpdGenerations *generations, const char *name);
guint64 ipmpd_generations_of_interface(IpmpdGenerations *generations, const char *name);
