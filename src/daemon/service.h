/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the bus objects share: where they read, and the one way to a change. */
#pragma once

#include "authority.h"
#include "changes.h"
#include "checker.h"
#include "history.h"
#include "watchers.h"

typedef struct {
    struct IpmpdExport *export; /* the objects: export.h; NULL: not yet, or no more */
    IpmpdAuthority *authority;
    IpmpdDriver *driver; /* NULL: stopped */
    IpmpdChanges *changes;
    IpmpdChecker *checker;
    IpmpdHistory *history;
    IpmpdWatchers *watchers;
    MpSnapshot *snapshot; /* the one that is exported */
} IpmpdService;

/* A call that changes something: parse and validate, authorise, act, reply. Takes the invocation,
 * the order and `reply_path`, the object path to answer with (NULL: the answer is empty). The
 * service must outlive the loop that this runs in. */
void ipmpd_service_change(IpmpdService *service, GDBusMethodInvocation *invocation,
                          const IpmpdChange *change, IpmpdOrder *order, char *reply_path);
