/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The configuration in force, and the queue of its changes: one at a time, first come first
 * served. A change is derived from what is in force when it is its turn, so that two that waited
 * for a password at once do not undo each other; it goes to the engine, then to disk, and is taken
 * back if the disk refuses. */
#pragma once

#include "driver.h"
#include "edit.h"
#include "store.h"

typedef enum {
    IPMPD_CHANGE_EDIT,
    IPMPD_CHANGE_TAKE_BACK, /* as EDIT, of an address that somebody took from the host */
    IPMPD_CHANGE_RELOAD,
    IPMPD_CHANGE_OFFLINE,
    IPMPD_CHANGE_ONLINE,
    IPMPD_CHANGE_REMOVE_ADOPTED /* an address that no file has */
} IpmpdChangeKind;

/* What kind of object is called: it must still be the same one when it is the change's turn. */
typedef enum { IPMPD_OBJECT_MANAGER, IPMPD_OBJECT_GROUP, IPMPD_OBJECT_INTERFACE } IpmpdObjectKind;

/* A method that changes something, const. */
typedef struct {
    IpmpdChangeKind kind;
    IpmpdObjectKind object;
    IpmpdEdit edit; /* of IPMPD_CHANGE_EDIT and TAKE_BACK */
} IpmpdChange;

/* Which of the objects that had this name over time was called. */
typedef struct {
    guint64 generation;
} IpmpdTicket;

typedef struct IpmpdChanges IpmpdChanges;

/* `config`, what the engine was given at start, and `errors`, one line for each file that could not
 * be read, are taken. `changed` is called after each change of either. */
IpmpdChanges *ipmpd_changes_new(IpmpdDriver *driver, IpmpdStore *store, MpConfig *config,
                                GStrv errors, void (*changed)(gpointer user_data),
                                gpointer user_data);
/* Before ipmpd_driver_free(): what waits is answered with MP_ERROR_FAILED, nothing is begun. */
void ipmpd_changes_stop(IpmpdChanges *changes);
/* After ipmpd_driver_free(), and the delivery of its answers. */
void ipmpd_changes_free(IpmpdChanges *changes);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(IpmpdChanges, ipmpd_changes_free)

const MpConfig *ipmpd_changes_get_config(IpmpdChanges *changes);
const char *const *ipmpd_changes_get_errors(IpmpdChanges *changes);

/* Parse and validate, against what is in force now; nothing is changed. Errors: MP_ERROR_*. */
gboolean ipmpd_changes_try(IpmpdChanges *changes, const IpmpdChange *change,
                           const IpmpdOrder *order, IpmpdTicket *out_ticket, GError **error);
/* Do it, when it is its turn; takes the order. The result comes when the change is in the kernel
 * and on disk, or has failed and nothing was changed. */
void ipmpd_changes_submit(IpmpdChanges *changes, const IpmpdChange *change, IpmpdOrder *order,
                          IpmpdTicket ticket, GAsyncReadyCallback callback, gpointer user_data);
gboolean ipmpd_changes_finish(GAsyncResult *result, GError **error);
