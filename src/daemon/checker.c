/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "checker.h"

#include "clock.h"
#include "error.h"
#include "link-check.h"
#include "managers.h"

struct IpmpdChecker {
    IpmpdDriver *driver; /* NULL: stopped */
    IpmpdChanges *changes;
    GDBusConnection *bus;
    GCancellable *cancellable;
    GPtrArray *waiting; /* GTask*; a check runs as long as there is one */
    MpHearing *hearing; /* still good, or NULL */
    MpSnapshot *latest; /* while the managers of its members are looked for */
    guint rest_id;
};

IpmpdChecker *ipmpd_checker_new(IpmpdDriver *driver, IpmpdChanges *changes, GDBusConnection *bus)
{
    IpmpdChecker *checker = g_new0(IpmpdChecker, 1);

    checker->driver = driver;
    checker->changes = changes;
    checker->bus = g_object_ref(bus);
    checker->cancellable = g_cancellable_new();
    checker->waiting = g_ptr_array_new_with_free_func(g_object_unref);
    return checker;
}

static GPtrArray *checker_take_waiting(IpmpdChecker *checker)
{
    GPtrArray *waiting = checker->waiting;

    checker->waiting = g_ptr_array_new_with_free_func(g_object_unref);
    return waiting;
}

static void checker_fail(IpmpdChecker *checker, const GError *error)
{
    g_autoptr(GPtrArray) waiting = checker_take_waiting(checker);

    for (guint i = 0; i < waiting->len; i++)
        g_task_return_error(waiting->pdata[i], g_error_copy(error));
}

static void checker_answer(IpmpdChecker *checker, const MpSnapshot *snapshot, GArray *managers)
{
    const MpAdviceInput input = {snapshot, checker->hearing,
                                 ipmpd_changes_get_errors(checker->changes),
                                 ipmpd_clock_monotonic_us(), managers};
    g_autoptr(GPtrArray) advice = mp_advice_make(&input);
    g_autoptr(GPtrArray) waiting = checker_take_waiting(checker);

    for (guint i = 0; i < waiting->len; i++)
        g_task_return_pointer(waiting->pdata[i], g_ptr_array_ref(advice),
                              (GDestroyNotify)g_ptr_array_unref);
}

static gboolean on_rested(gpointer user_data)
{
    IpmpdChecker *checker = user_data;

    /* Somebody waits for it, and for a manager that is slow to answer. */
    if (checker->latest != NULL)
        return G_SOURCE_CONTINUE;
    checker->rest_id = 0;
    g_clear_pointer(&checker->hearing, mp_hearing_free);
    return G_SOURCE_REMOVE;
}

static void on_managers(GObject *source, GAsyncResult *result, gpointer user_data)
{
    IpmpdChecker *checker = user_data;
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) managers = ipmpd_managers_finish(result, &error);
    g_autoptr(MpSnapshot) snapshot = g_steal_pointer(&checker->latest);

    if (managers == NULL)
        checker_fail(checker, error); /* stopped */
    else
        checker_answer(checker, snapshot, managers);
}

static void on_looked(GObject *source, GAsyncResult *result, gpointer user_data);

static void on_heard(GObject *source, GAsyncResult *result, gpointer user_data)
{
    IpmpdChecker *checker = user_data;
    g_autoptr(GError) error = NULL;

    checker->hearing = mp_link_check_finish(result, &error);
    if (checker->hearing == NULL) {
        checker_fail(checker, error);
        return;
    }
    checker->rest_id = g_timeout_add(IPMPD_CHECKER_REST_MS, on_rested, checker);
    /* Once more: that took a while, and somebody may have come only now. */
    ipmpd_driver_look(checker->driver, NULL, on_looked, checker);
}

static void on_looked(GObject *source, GAsyncResult *result, gpointer user_data)
{
    IpmpdChecker *checker = user_data;
    g_autoptr(GError) error = NULL;
    g_autoptr(MpSnapshot) snapshot = ipmpd_driver_look_finish(checker->driver, result, &error);

    if (snapshot == NULL) {
        checker_fail(checker, error);
    } else if (checker->hearing != NULL) {
        checker->latest = g_steal_pointer(&snapshot);
        ipmpd_managers_look(checker->bus, checker->latest, checker->cancellable, on_managers,
                            checker);
    } else {
        mp_link_check_run(mp_hearing_new(snapshot), checker->cancellable, on_heard, checker);
    }
}

void ipmpd_checker_run(IpmpdChecker *checker, GAsyncReadyCallback callback, gpointer user_data)
{
    g_autoptr(GTask) task = g_task_new(NULL, NULL, callback, user_data);

    if (checker->driver == NULL) {
        g_task_return_new_error(task, MP_ERROR, MP_ERROR_FAILED, "the service is stopping");
    } else if (checker->waiting->len == IPMPD_CHECKER_CALLERS_MAX) {
        g_task_return_new_error(task, MP_ERROR, MP_ERROR_BUSY,
                                "%u callers wait for the result of a check already",
                                checker->waiting->len);
    } else {
        g_ptr_array_add(checker->waiting, g_steal_pointer(&task));
        if (checker->waiting->len == 1)
            ipmpd_driver_look(checker->driver, NULL, on_looked, checker);
    }
}

GPtrArray *ipmpd_checker_finish(GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer(G_TASK(result), error);
}

void ipmpd_checker_stop(IpmpdChecker *checker)
{
    checker->driver = NULL;
    g_cancellable_cancel(checker->cancellable);
}

void ipmpd_checker_free(IpmpdChecker *checker)
{
    g_clear_handle_id(&checker->rest_id, g_source_remove);
    g_clear_pointer(&checker->hearing, mp_hearing_free);
    g_clear_pointer(&checker->latest, mp_snapshot_unref);
    g_ptr_array_unref(checker->waiting);
    g_object_unref(checker->bus);
    g_object_unref(checker->cancellable);
    g_free(checker);
}
