/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "changes-private.h"

#include "edit-private.h"
#include "error.h"

static const IpmpdArgument offline_options[] = {
    {"min-redundancy", "u"}, {"temporary", "b"}, {NULL, NULL}};

static void job_free(gpointer data)
{
    IpmpdChangeJob *job = data;

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

static gboolean ticket_check(IpmpdChanges *changes, const IpmpdChangeJob *job, GError **error)
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

gboolean ipmpd_changes_is_same(const MpConfig *before, const MpConfig *after)
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

MpConfig *ipmpd_changes_derive(IpmpdChanges *changes, const IpmpdChange *change,
                               const IpmpdOrder *order, GError **error)
{
    g_autoptr(MpConfig) after = mp_config_copy(changes->config);

    if (!change->edit(after, order, error))
        return NULL;
    if (!ipmpd_changes_is_same(changes->config, after) &&
        (!mp_config_validate(after, error) ||
         !ipmpd_store_check(changes->store, changes->config, after, ipmpd_order_is_temporary(order),
                            error)))
        return NULL;
    return g_steal_pointer(&after);
}

gboolean ipmpd_changes_check_member(IpmpdChanges *changes, const IpmpdChange *change,
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
        return ipmpd_changes_check_member(changes, change, order, error);
    after = ipmpd_changes_derive(changes, change, order, error);
    return after != NULL;
}

void ipmpd_changes_take_config(IpmpdChanges *changes, MpConfig *config)
{
    ipmpd_generations_update(changes->generations, changes->config, config);
    mp_config_free(changes->config);
    changes->config = config;
    changes->changed(changes->user_data);
}

void ipmpd_changes_set_errors(IpmpdChanges *changes, const char *lines)
{
    g_strfreev(changes->errors);
    changes->errors = g_strsplit(lines, "\n", -1);
    changes->changed(changes->user_data);
}

static void changes_run(IpmpdChanges *changes)
{
    if (changes->in_run) /* a job has ended before it had to wait */
        return;
    changes->in_run = TRUE;
    while (changes->driver != NULL && changes->running == NULL &&
           !g_queue_is_empty(&changes->waiting)) {
        IpmpdChangeJob *job;
        GError *error = NULL;

        changes->running = g_queue_pop_head(&changes->waiting);
        job = g_task_get_task_data(changes->running);
        if (!ticket_check(changes, job, &error) || !ipmpd_change_job_start(changes, job, &error))
            ipmpd_changes_end_job(changes, error);
    }
    changes->in_run = FALSE;
}

void ipmpd_changes_end_job(IpmpdChanges *changes, GError *error)
{
    g_autoptr(GTask) task = g_steal_pointer(&changes->running);

    if (error != NULL)
        g_task_return_error(task, error);
    else
        g_task_return_boolean(task, TRUE);
    changes_run(changes);
}

void ipmpd_changes_submit(IpmpdChanges *changes, const IpmpdChange *change, IpmpdOrder *order,
                          IpmpdTicket ticket, GAsyncReadyCallback callback, gpointer user_data)
{
    GTask *task = g_task_new(NULL, NULL, callback, user_data);
    IpmpdChangeJob *job = g_new0(IpmpdChangeJob, 1);

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
        ipmpd_changes_end_job(
            changes, g_error_new_literal(MP_ERROR, MP_ERROR_FAILED, "the service is stopping"));
    ipmpd_generations_free(changes->generations);
    mp_config_free(changes->config);
    g_strfreev(changes->errors);
    g_free(changes);
}
