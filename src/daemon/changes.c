/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "changes.h"

#include "edit-private.h"
#include "error.h"
#include "generations.h"
#include "log.h"

struct IpmpdChanges {
    IpmpdDriver *driver; /* NULL: stopped */
    IpmpdStore *store;
    MpConfig *config;
    GStrv errors; /* of the last reading */
    IpmpdGenerations *generations;
    GQueue waiting; /* GTask */
    GTask *running;
    void (*changed)(gpointer user_data);
    gpointer user_data;
};

typedef struct {
    IpmpdChanges *changes;
    const IpmpdChange *change;
    IpmpdOrder *order;
    IpmpdTicket ticket;
    MpConfig *after;    /* on its way to the kernel */
    GError *save_error; /* why it is on its way back */
} Job;

static const IpmpdArgument offline_options[] = {
    {"min-redundancy", "u"}, {"temporary", "b"}, {NULL, NULL}};

static void job_free(gpointer data)
{
    Job *job = data;

    ipmpd_order_free(job->order);
    g_clear_pointer(&job->after, mp_config_free);
    g_clear_error(&job->save_error);
    g_free(job);
}

static guint64 ticket_generation(IpmpdChanges *changes, const IpmpdChange *change,
                                 const IpmpdOrder *order)
{
    switch (change->object) {
    case IPMPD_OBJECT_GROUP:
        return ipmpd_generations_of_group(changes->generations, order->group);
    case IPMPD_OBJECT_INTERFACE:
        return ipmpd_generations_of_interface(changes->generations, order->interface);
    case IPMPD_OBJECT_MANAGER:
        break;
    }
    return 0;
}

static gboolean ticket_check(IpmpdChanges *changes, const Job *job, GError **error)
{
    if (ticket_generation(changes, job->change, job->order) == job->ticket.generation)
        return TRUE;
    if (job->change->object == IPMPD_OBJECT_GROUP)
        g_set_error(error, MP_ERROR, MP_ERROR_NO_SUCH_GROUP,
                    "group \"%s\" was deleted while the request waited", job->order->group);
    else
        g_set_error(error, MP_ERROR, MP_ERROR_NO_SUCH_INTERFACE,
                    "\"%s\" left its group while the request waited", job->order->interface);
    return FALSE;
}

/* Whether the engine or the store have anything to do. */
static gboolean config_is_same(const MpConfig *before, const MpConfig *after)
{
    if (!mp_config_equal(before, after))
        return FALSE;
    for (guint i = 0; i < before->groups->len; i++) {
        const MpGroupConfig *a = before->groups->pdata[i], *b = after->groups->pdata[i];

        if (a->origin != b->origin)
            return FALSE;
    }
    return TRUE;
}

/* The configuration as the order would have it. */
static MpConfig *changes_derive(IpmpdChanges *changes, const IpmpdChange *change,
                                const IpmpdOrder *order, GError **error)
{
    g_autoptr(MpConfig) after = mp_config_copy(changes->config);

    if (!change->edit(after, order, error))
        return NULL;
    if (!config_is_same(changes->config, after) &&
        (!mp_config_validate(after, error) ||
         !ipmpd_store_check(changes->store, changes->config, after, ipmpd_order_is_temporary(order),
                            error)))
        return NULL;
    return g_steal_pointer(&after);
}

static gboolean member_check(IpmpdChanges *changes, const IpmpdChange *change,
                             const IpmpdOrder *order, GError **error)
{
    const IpmpdArgument *options =
        change->kind == IPMPD_CHANGE_OFFLINE ? offline_options : ipmpd_edit_plain_options;

    if (!ipmpd_edit_check_options(order, options, error))
        return FALSE;
    if (change->object != IPMPD_OBJECT_INTERFACE ||
        mp_config_find_interface(changes->config, order->interface) != NULL)
        return TRUE;
    g_set_error(error, MP_ERROR, MP_ERROR_NO_SUCH_INTERFACE, "\"%s\" is a member of no group",
                order->interface);
    return FALSE;
}

gboolean ipmpd_changes_try(IpmpdChanges *changes, const IpmpdChange *change,
                           const IpmpdOrder *order, IpmpdTicket *out_ticket, GError **error)
{
    g_autoptr(MpConfig) after = NULL;

    out_ticket->generation = ticket_generation(changes, change, order);
    if (change->edit == NULL)
        return member_check(changes, change, order, error);
    after = changes_derive(changes, change, order, error);
    return after != NULL;
}

static void changes_take_config(IpmpdChanges *changes, MpConfig *config)
{
    ipmpd_generations_update(changes->generations, changes->config, config);
    mp_config_free(changes->config);
    changes->config = config;
    changes->changed(changes->user_data);
}

/* Ends the running job; `error` is taken, NULL = done. */
static void changes_end_job(IpmpdChanges *changes, GError *error)
{
    g_autoptr(GTask) task = g_steal_pointer(&changes->running);

    if (error != NULL)
        g_task_return_error(task, error);
    else
        g_task_return_boolean(task, TRUE);
}

static void changes_run(IpmpdChanges *changes);

/* The engine has gone back, or could not; the caller is told why it had to. */
static void on_reverted(GObject *source, GAsyncResult *result, gpointer user_data)
{
    IpmpdChanges *changes = user_data;
    Job *job = g_task_get_task_data(changes->running);
    g_autoptr(GError) error = NULL;

    if (!ipmpd_driver_finish(changes->driver, result, &error))
        ipmpd_log_error(IPMPD_TOPIC_CONFIG,
                        "a change that could not be saved could not be taken back: %s",
                        error->message);
    changes_end_job(changes, g_steal_pointer(&job->save_error));
    changes_run(changes);
}

static gboolean job_save(IpmpdChanges *changes, Job *job)
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
    changes_end_job(changes, error);
    changes_run(changes);
}

/* An address that was on the host before it was configured is only adopted again when its
 * configuration goes; but here somebody asked for it to be removed. */
static gboolean job_remove_found(IpmpdChanges *changes, const Job *job)
{
    MpAddress address;

    if (job->change->edit != ipmpd_edit_remove_address || changes->driver == NULL ||
        !mp_address_parse(job->order->address, MP_PREFIX_REQUIRED, &address, NULL))
        return FALSE;
    ipmpd_driver_remove_adopted(changes->driver, job->order->group, &address, on_found_removed,
                                changes);
    return TRUE;
}

static void on_configured(GObject *source, GAsyncResult *result, gpointer user_data)
{
    IpmpdChanges *changes = user_data;
    Job *job = g_task_get_task_data(changes->running);
    GError *error = NULL;

    if (!ipmpd_driver_finish(changes->driver, result, &error)) {
        if (job->change->kind == IPMPD_CHANGE_RELOAD)
            ipmpd_store_undo_reload(changes->store);
        changes_end_job(changes, error);
    } else if (!job_save(changes, job) && changes->driver != NULL) {
        ipmpd_driver_configure(changes->driver, changes->config, FALSE, on_reverted, changes);
        return;
    } else {
        changes_take_config(changes, g_steal_pointer(&job->after));
        if (job_remove_found(changes, job))
            return;
        changes_end_job(changes, NULL);
    }
    changes_run(changes);
}

static void on_state_changed(GObject *source, GAsyncResult *result, gpointer user_data)
{
    IpmpdChanges *changes = user_data;
    GError *error = NULL;

    ipmpd_driver_finish(changes->driver, result, &error);
    changes_end_job(changes, error);
    changes_run(changes);
}

static void on_forgotten(GObject *source, GAsyncResult *result, gpointer user_data)
{
    IpmpdChanges *changes = user_data;
    GError *error = NULL;

    if (ipmpd_driver_finish(changes->driver, result, &error) && changes->driver != NULL) {
        ipmpd_driver_configure(changes->driver, changes->config, FALSE, on_state_changed, changes);
        return;
    }
    changes_end_job(changes, error);
    changes_run(changes);
}

/* The configuration has the address, but the engine does not resurrect what somebody has deleted:
 * it is to forget it, and to hear of it anew. */
static gboolean job_take_back(IpmpdChanges *changes, const Job *job, GError **error)
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

static gboolean job_start_edit(IpmpdChanges *changes, Job *job, GError **error)
{
    job->after = changes_derive(changes, job->change, job->order, error);
    if (job->after == NULL)
        return FALSE;
    if (config_is_same(changes->config, job->after) && job->change->kind == IPMPD_CHANGE_TAKE_BACK)
        return job_take_back(changes, job, error);
    if (config_is_same(changes->config, job->after))
        changes_end_job(changes, NULL);
    else
        ipmpd_driver_configure(changes->driver, job->after, FALSE, on_configured, changes);
    return TRUE;
}

/* One line a file. */
static void changes_set_errors(IpmpdChanges *changes, const char *lines)
{
    g_strfreev(changes->errors);
    changes->errors = g_strsplit(lines, "\n", -1);
    changes->changed(changes->user_data);
}

static gboolean job_start_reload(IpmpdChanges *changes, Job *job, GError **error)
{
    g_auto(GStrv) warnings = NULL;
    GError *refusal = NULL;

    job->after = ipmpd_store_reload(changes->store, &warnings, &refusal);
    for (guint i = 0; warnings != NULL && warnings[i] != NULL; i++)
        ipmpd_log_warning(IPMPD_TOPIC_CONFIG, "%s", warnings[i]);
    changes_set_errors(changes, refusal != NULL ? refusal->message : "");
    if (refusal != NULL) {
        g_propagate_error(error, refusal);
        return FALSE;
    }
    ipmpd_driver_configure(changes->driver, job->after, FALSE, on_configured, changes);
    return TRUE;
}

static gboolean job_start_offline(IpmpdChanges *changes, Job *job, GError **error)
{
    g_autoptr(GVariant) options = ipmpd_order_get_options(job->order);
    guint min_redundancy = 1;

    g_variant_lookup(options, "min-redundancy", "u", &min_redundancy);
    ipmpd_driver_offline(changes->driver, job->order->interface, min_redundancy, on_state_changed,
                         changes);
    return TRUE;
}

static gboolean job_start_remove_adopted(IpmpdChanges *changes, Job *job, GError **error)
{
    MpAddress address;

    if (!mp_address_parse(job->order->address, MP_PREFIX_REQUIRED, &address, error))
        return FALSE;
    ipmpd_driver_remove_adopted(changes->driver, job->order->group, &address, on_state_changed,
                                changes);
    return TRUE;
}

/* FALSE: it has failed already. Otherwise it has ended, or a callback will end it. */
static gboolean job_start(IpmpdChanges *changes, Job *job, GError **error)
{
    if (!ticket_check(changes, job, error))
        return FALSE;
    if (job->change->edit == NULL && !member_check(changes, job->change, job->order, error))
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

static void changes_run(IpmpdChanges *changes)
{
    while (changes->driver != NULL && changes->running == NULL &&
           !g_queue_is_empty(&changes->waiting)) {
        GError *error = NULL;

        changes->running = g_queue_pop_head(&changes->waiting);
        if (!job_start(changes, g_task_get_task_data(changes->running), &error))
            changes_end_job(changes, error);
    }
}

void ipmpd_changes_submit(IpmpdChanges *changes, const IpmpdChange *change, IpmpdOrder *order,
                          IpmpdTicket ticket, GAsyncReadyCallback callback, gpointer user_data)
{
    GTask *task = g_task_new(NULL, NULL, callback, user_data);
    Job *job = g_new0(Job, 1);

    job->changes = changes;
    job->change = change;
    job->order = order;
    job->ticket = ticket;
    g_task_set_task_data(task, job, job_free);
    g_queue_push_tail(&changes->waiting, task);
    if (changes->driver == NULL)
        ipmpd_changes_stop(changes);
    changes_run(changes);
}

gboolean ipmpd_changes_finish(GAsyncResult *result, GError **error)
{
    return g_task_propagate_boolean(G_TASK(result), error);
}

const MpConfig *ipmpd_changes_get_config(IpmpdChanges *changes)
{
    return changes->config;
}

const char *const *ipmpd_changes_get_errors(IpmpdChanges *changes)
{
    return (const char *const *)changes->errors;
}

IpmpdChanges *ipmpd_changes_new(IpmpdDriver *driver, IpmpdStore *store, MpConfig *config,
                                GStrv errors, void (*changed)(gpointer user_data),
                                gpointer user_data)
{
    IpmpdChanges *changes = g_new0(IpmpdChanges, 1);

    changes->driver = driver;
    changes->store = store;
    changes->config = config;
    changes->errors = errors;
    changes->generations = ipmpd_generations_new();
    g_queue_init(&changes->waiting);
    changes->changed = changed;
    changes->user_data = user_data;
    return changes;
}

void ipmpd_changes_stop(IpmpdChanges *changes)
{
    GTask *task;

    changes->driver = NULL;
    while ((task = g_queue_pop_head(&changes->waiting)) != NULL) {
        g_task_return_new_error(task, MP_ERROR, MP_ERROR_FAILED, "the service is stopping");
        g_object_unref(task);
    }
}

void ipmpd_changes_free(IpmpdChanges *changes)
{
    ipmpd_changes_stop(changes);
    if (changes->running != NULL)
        changes_end_job(changes,
                        g_error_new_literal(MP_ERROR, MP_ERROR_FAILED, "the service is stopping"));
    ipmpd_generations_free(changes->generations);
    mp_config_free(changes->config);
    g_strfreev(changes->errors);
    g_free(changes);
}
