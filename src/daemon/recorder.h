/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The record on its way to disk: the engine goes on only with what is stored, so a disk that
 * refuses is asked again, and nothing is claimed before it has taken it. */
#pragma once

#include "store.h"

typedef struct IpmpdRecorder IpmpdRecorder;

/* `stored` tells the serial of each record that is on disk. */
IpmpdRecorder *ipmpd_recorder_new(IpmpdStore *store,
                                  void (*stored)(guint64 serial, gpointer user_data),
                                  gpointer user_data);
void ipmpd_recorder_free(IpmpdRecorder *recorder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(IpmpdRecorder, ipmpd_recorder_free)

/* A later record takes the place of one that could not be stored. */
void ipmpd_recorder_store(IpmpdRecorder *recorder, MpRecord *record);
