/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "changes-private.h"

#include "edit-private.h"
#include "error.h"
#include "log.h"

/* The engine has gone back, or could not; the caller is told why it had to. */
static void on_reverted(GObject *source, GAsyncResult *result, gpointer user_data)
{
    IpmpdChanges *changes = user_data;
    IpmpdChangeJob *job = g_task_get_task_data(changes->running);
    g_autoptr(GError) error = NULL;

    if (!ipmpd_driver_finish(changes->driver, result, &error))
        ipmpd_log_error(IPMPD_TOPIC_CONFIG,
                        "a change that could not be saved could not be taken back: %s",
                        error->message);
    ipmpd_changes_end_job(changes, g_steal_pointer(&job->save_error));
}

static gboolean job_save(IpmpdChanges *changes, IpmpdChangeJob *job)
{
    if (job->change->kind == IPMPD_CHANGE_RELOAD)
        return TRUE;
    return ipmpd_store_save(changes->store, changes->config, job->after,
                            ipmpd_order_is_temporary(job->order), &job->save_error);
}

static void on_found_removed(GObject *source, GAsyncResult *result, gpointer user_data)
{
    IpmpdChanges *changes = user_data;
    GError *error = NULL;

    if (!ipmpd_driver_finish(changes->driver, result, &error) &&
        g_error_matches(error, MP_ERROR, MP_ERROR_NO_SUCH_ADDRESS))
        g_clear_error(&error); /* it went with its configuration */
    ipmpd_changes_end_job(changes, error);
}

/* An address that was on the host before it was configured is only adopted again when its
 * configuration goes; but here somebody asked for it to be removed. */
static gboolean job_remove_found(IpmpdChanges *changes, const IpmpdChangeJob *job)
{
    MpAddress address;

    if (job->change->edit != ipmpd_edit_remove_address || changes->driver == NULL ||
        !mp_address_parse(job->order->address, MP_PREFIX_REQUIRED, &address, NULL))
        return FALSE;
    ipmpd_driver_remove_adopted(changes->driver, job->order->group, &address, on_found_removed,
                                changes);
    return TRUE;
}

/* What could not be saved must not stay in the kernel. */
static void job_revert(IpmpdChanges *changes, IpmpdChangeJob *job)
{
    if (changes->driver != NULL)
        ipmpd_driver_configure(changes->driver, changes->config, FALSE, on_reverted, changes);
    else
        ipmpd_changes_end_job(changes, g_steal_pointer(&job->save_error));
}

static void on_configured(GObject *source, GAsyncResult *result, gpointer user_data)
{
    IpmpdChanges *changes = user_data;
    IpmpdChangeJob *job = g_task_get_task_data(changes->running);
    GError *error = NULL;

    if (!ipmpd_driver_finish(changes->driver, result, &error)) {
        if (job->change->kind == IPMPD_CHANGE_RELOAD)
            ipmpd_store_undo_reload(changes->store);
        ipmpd_changes_end_job(changes, error);
        return;
    }
    if (!job_save(changes, job)) {
        job_revert(changes, job);
        return;
    }
    ipmpd_changes_take_config(changes, g_steal_pointer(&job->after));
    if (!job_remove_found(changes, job))
        ipmpd_changes_end_job(changes, NULL);
}

static void on_state_changed(GObject *source, GAsyncResult *result, gpointer user_data)
{
    IpmpdChanges *changes = user_data;
    GError *error = NULL;

    ipmpd_driver_finish(changes->driver, result, &error);
    ipmpd_changes_end_job(changes, error);
}

static void on_forgotten(GObject *source, GAsyncResult *result, gpointer user_data)
{
    IpmpdChanges *changes = user_data;
    GError *error = NULL;

    if (ipmpd_driver_finish(changes->driver, result, &error) && changes->driver != NULL) {
        ipmpd_driver_configure(changes->driver, changes->config, FALSE, on_state_changed, changes);
        return;
    }
    ipmpd_changes_end_job(changes, error);
}

/* The configuration has the address, but the engine does not resurrect what somebody has deleted:
 * it is to forget it, and to hear of it anew. */
static gboolean job_take_back(IpmpdChanges *changes, const IpmpdChangeJob *job, GError **error)
{
    g_autoptr(MpConfig) without = mp_config_copy(changes->config);
    g_autoptr(GVariant) parameters =
        g_variant_ref_sink(g_variant_new("(sa{sv})", job->order->address, NULL));
    g_autoptr(IpmpdOrder) removal =
        ipmpd_order_new(job->order->group, NULL, job->order->address, parameters);

    if (!ipmpd_edit_remove_address(without, removal, error))
        return FALSE;
    ipmpd_driver_configure(changes->driver, without, FALSE, on_forgotten, changes);
    return TRUE;
}

static gboolean job_start_edit(IpmpdChanges *changes, IpmpdChangeJob *job, GError **error)
{
    job->after = ipmpd_changes_derive(changes, job->change, job->order, error);
    if (job->after == NULL)
        return FALSE;
    if (ipmpd_changes_is_same(changes->config, job->after) &&
        job->change->kind == IPMPD_CHANGE_TAKE_BACK)
        return job_take_back(changes, job, error);
    if (ipmpd_changes_is_same(changes->config, job->after))
        ipmpd_changes_end_job(changes, NULL);
    else
        ipmpd_driver_configure(changes->driver, job->after, FALSE, on_configured, changes);
    return TRUE;
}

static gboolean job_start_reload(IpmpdChanges *changes, IpmpdChangeJob *job, GError **error)
{
    g_auto(GStrv) warnings = NULL;
    GError *refusal = NULL;

    job->after = ipmpd_store_reload(changes->store, &warnings, &refusal);
    for (guint i = 0; warnings != NULL && warnings[i] != NULL; i++)
        ipmpd_log_warning(IPMPD_TOPIC_CONFIG, "%s", warnings[i]);
    ipmpd_changes_set_errors(changes, refusal != NULL ? refusal->message : "");
    if (refusal != NULL) {
        g_propagate_error(error, refusal);
        return FALSE;
    }
    ipmpd_driver_configure(changes->driver, job->after, FALSE, on_configured, changes);
    return TRUE;
}

static gboolean job_start_offline(IpmpdChanges *changes, IpmpdChangeJob *job, GError **error)
{
    g_autoptr(GVariant) options = ipmpd_order_get_options(job->order);
    guint min_redundancy = 1;

    g_variant_lookup(options, "min-redundancy", "u", &min_redundancy);
    ipmpd_driver_offline(changes->driver, job->order->interface, min_redundancy, on_state_changed,
                         changes);
    return TRUE;
}

static gboolean job_start_remove_adopted(IpmpdChanges *changes, IpmpdChangeJob *job, GError **error)
{
    MpAddress address;

    if (!mp_address_parse(job->order->address, MP_PREFIX_REQUIRED, &address, error))
        return FALSE;
    ipmpd_driver_remove_adopted(changes->driver, job->order->group, &address, on_state_changed,
                                changes);
    return TRUE;
}

gboolean ipmpd_change_job_start(IpmpdChanges *changes, IpmpdChangeJob *job, GError **error)
{
    if (job->change->edit == NULL &&
        !ipmpd_changes_check_member(changes, job->change, job->order, error))
        return FALSE;
    switch (job->change->kind) {
    case IPMPD_CHANGE_EDIT:
    case IPMPD_CHANGE_TAKE_BACK:
        return job_start_edit(changes, job, error);
    case IPMPD_CHANGE_RELOAD:
        return job_start_reload(changes, job, error);
    case IPMPD_CHANGE_OFFLINE:
        return job_start_offline(changes, job, error);
    case IPMPD_CHANGE_ONLINE:
        ipmpd_driver_online(changes->driver, job->order->interface, on_state_changed, changes);
        return TRUE;
    case IPMPD_CHANGE_REMOVE_ADOPTED:
        return job_start_remove_adopted(changes, job, error);
    }
    g_return_val_if_reached(FALSE);
}
