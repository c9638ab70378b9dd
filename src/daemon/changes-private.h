/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The two halves of the changes: changes.c has the queue and what stands before it, change-job.c
 * carries one out. */
#pragma once

#include "changes.h"
#include "generations.h"

struct IpmpdChanges {
    IpmpdDriver *driver; /* NULL: stopped */
    IpmpdStore *store;
    MpConfig *config;
    GStrv errors; /* of the last reading */
    IpmpdGenerations *generations;
    GQueue waiting; /* GTask */
    GTask *running;
    gboolean in_run;
    void (*changed)(gpointer user_data);
    gpointer user_data;
};

typedef struct {
    const IpmpdChange *change;
    IpmpdOrder *order;
    IpmpdTicket ticket;
    MpConfig *after;    /* on its way to the kernel */
    GError *save_error; /* why it is on its way back */
} IpmpdChangeJob;

/* Whether the engine or the store have anything to do. */
gboolean ipmpd_changes_is_same(const MpConfig *before, const MpConfig *after);
/* The configuration as the order would have it, validated. */
MpConfig *ipmpd_changes_derive(IpmpdChanges *changes, const IpmpdChange *change,
                               const IpmpdOrder *order, GError **error);
/* Of what edits no configuration: its options, and that its interface is a member. */
gboolean ipmpd_changes_check_member(IpmpdChanges *changes, const IpmpdChange *change,
                                    const IpmpdOrder *order, GError **error);
/* Takes what is in force now. */
void ipmpd_changes_take_config(IpmpdChanges *changes, MpConfig *config);
/* One line a file. */
void ipmpd_changes_set_errors(IpmpdChanges *changes, const char *lines);
/* Ends the running job and begins the next; `error` is taken, NULL = done. */
void ipmpd_changes_end_job(IpmpdChanges *changes, GError *error);

/* FALSE: it has failed already. Otherwise it ends by ipmpd_changes_end_job(), perhaps it has. */
gboolean ipmpd_change_job_start(IpmpdChanges *changes, IpmpdChangeJob *job, GError **error);
