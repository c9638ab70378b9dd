/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks for what would keep a failover from working: has the members of each group call once on
 * their links, and takes the engine's word for the rest. Everybody who asks meanwhile gets the same
 * answer; what was heard is good for a second, so that nobody can have us call without end. */
#pragma once

#include "advice.h"
#include "changes.h"

#define IPMPD_CHECKER_CALLERS_MAX 64u
#define IPMPD_CHECKER_REST_MS 1000u

typedef struct IpmpdChecker IpmpdChecker;

/* `bus` is asked for the programs that configure members. */
IpmpdChecker *ipmpd_checker_new(IpmpdDriver *driver, IpmpdChanges *changes, GDBusConnection *bus);
/* Before ipmpd_driver_free(): whoever waits is answered with MP_ERROR_FAILED, nobody is taken. */
void ipmpd_checker_stop(IpmpdChecker *checker);
/* After the delivery of these answers, and of the driver's. */
void ipmpd_checker_free(IpmpdChecker *checker);

void ipmpd_checker_run(IpmpdChecker *checker, GAsyncReadyCallback callback, gpointer user_data);
/* MpAdvice*, to be read only; g_ptr_array_unref(). Errors: BUSY (too many wait), and those of
 * mp_link_check_finish(). */
GPtrArray *ipmpd_checker_finish(GAsyncResult *result, GError **error);
