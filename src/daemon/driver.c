/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "driver-private.h"

#include "error.h"
#include "log.h"

struct IpmpdDriver {
    IpmpdThread *thread; /* NULL: stopped */
    IpmpdChannel *up;
    IpmpdDriverSink sink;
    GHashTable *pending; /* id of a request, guint64* -> GTask */
    guint64 last_id;
    gboolean failed; /* the thread has given up */
    guint rounds;    /* of its loop, when it was looked at last */
};

static gboolean driver_is_running(const IpmpdDriver *driver)
{
    return driver != NULL && driver->thread != NULL && !driver->failed;
}

/* Requests */

static void driver_answer_all(IpmpdDriver *driver, const char *message)
{
    g_autoptr(GHashTable) pending = g_steal_pointer(&driver->pending);
    GHashTableIter iter;
    gpointer task;

    driver->pending = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_object_unref);
    g_hash_table_iter_init(&iter, pending);
    while (g_hash_table_iter_next(&iter, NULL, &task))
        g_task_return_new_error(task, MP_ERROR, MP_ERROR_FAILED, "%s", message);
}

static void driver_answer(IpmpdDriver *driver, IpmpdTold *told)
{
    g_autofree gpointer key = NULL;
    gpointer task = NULL;

    if (!g_hash_table_steal_extended(driver->pending, &told->request, &key, &task))
        return;
    if (told->error != NULL)
        g_task_return_error(task, g_steal_pointer(&told->error));
    else if (told->seen != NULL)
        g_task_return_pointer(task, g_steal_pointer(&told->seen),
                              (GDestroyNotify)mp_snapshot_unref);
    else
        g_task_return_boolean(task, TRUE);
    g_object_unref(task);
}

static void driver_request(IpmpdDriver *driver, IpmpdDriverCommand *command,
                           GAsyncReadyCallback callback, gpointer user_data)
{
    GTask *task = g_task_new(NULL, NULL, callback, user_data);

    if (!driver_is_running(driver)) {
        g_task_return_new_error(task, MP_ERROR, MP_ERROR_FAILED, "the engine has stopped");
        g_object_unref(task);
        ipmpd_driver_command_free(command);
        return;
    }
    command->id = ++driver->last_id;
    g_hash_table_insert(driver->pending, g_memdup2(&command->id, sizeof command->id), task);
    ipmpd_thread_command(driver->thread, command);
}

void ipmpd_driver_configure(IpmpdDriver *driver, const MpConfig *config, gboolean at_start,
                            GAsyncReadyCallback callback, gpointer user_data)
{
    IpmpdDriverCommand *command = g_new0(IpmpdDriverCommand, 1);

    command->kind = IPMPD_DRIVER_CONFIGURE;
    command->config = mp_config_copy(config);
    command->at_start = at_start;
    driver_request(driver, command, callback, user_data);
}

void ipmpd_driver_offline(IpmpdDriver *driver, const char *interface, guint min_redundancy,
                          GAsyncReadyCallback callback, gpointer user_data)
{
    IpmpdDriverCommand *command = g_new0(IpmpdDriverCommand, 1);

    command->kind = IPMPD_DRIVER_OFFLINE;
    command->interface = g_strdup(interface);
    command->min_redundancy = min_redundancy;
    driver_request(driver, command, callback, user_data);
}

void ipmpd_driver_online(IpmpdDriver *driver, const char *interface, GAsyncReadyCallback callback,
                         gpointer user_data)
{
    IpmpdDriverCommand *command = g_new0(IpmpdDriverCommand, 1);

    command->kind = IPMPD_DRIVER_ONLINE;
    command->interface = g_strdup(interface);
    driver_request(driver, command, callback, user_data);
}

void ipmpd_driver_remove_adopted(IpmpdDriver *driver, const char *group, const MpAddress *address,
                                 GAsyncReadyCallback callback, gpointer user_data)
{
    IpmpdDriverCommand *command = g_new0(IpmpdDriverCommand, 1);

    command->kind = IPMPD_DRIVER_REMOVE_ADOPTED;
    command->group = g_strdup(group);
    command->address = *address;
    driver_request(driver, command, callback, user_data);
}

gboolean ipmpd_driver_finish(IpmpdDriver *driver, GAsyncResult *result, GError **error)
{
    /* The driver may be gone by now. */
    return g_task_propagate_boolean(G_TASK(result), error);
}

void ipmpd_driver_look(IpmpdDriver *driver, const char *interface, GAsyncReadyCallback callback,
                       gpointer user_data)
{
    IpmpdDriverCommand *command = g_new0(IpmpdDriverCommand, 1);

    command->kind = IPMPD_DRIVER_LOOK;
    command->interface = g_strdup(interface);
    driver_request(driver, command, callback, user_data);
}

MpSnapshot *ipmpd_driver_look_finish(IpmpdDriver *driver, GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer(G_TASK(result), error);
}

void ipmpd_driver_watch(IpmpdDriver *driver, gboolean watch)
{
    IpmpdDriverCommand *command = NULL;

    if (!driver_is_running(driver))
        return;
    command = g_new0(IpmpdDriverCommand, 1);
    command->kind = IPMPD_DRIVER_WATCH;
    command->watch = watch;
    ipmpd_thread_command(driver->thread, command);
}

void ipmpd_driver_learn(IpmpdDriver *driver)
{
    IpmpdDriverCommand *command = NULL;

    if (!driver_is_running(driver))
        return;
    command = g_new0(IpmpdDriverCommand, 1);
    command->kind = IPMPD_DRIVER_LEARN;
    ipmpd_thread_command(driver->thread, command);
}

void ipmpd_driver_record_stored(IpmpdDriver *driver, guint64 serial)
{
    IpmpdDriverCommand *command = NULL;

    if (!driver_is_running(driver))
        return;
    command = g_new0(IpmpdDriverCommand, 1);
    command->kind = IPMPD_DRIVER_RECORD_STORED;
    command->id = serial;
    ipmpd_thread_command(driver->thread, command);
}

gboolean ipmpd_driver_is_alive(IpmpdDriver *driver)
{
    guint before = driver->rounds;

    if (!driver_is_running(driver))
        return FALSE;
    driver->rounds = ipmpd_thread_rounds(driver->thread);
    return driver->rounds != before;
}

/* What the engine thread tells */

static void driver_clear(gpointer data)
{
    IpmpdDriver *driver = data;

    g_hash_table_unref(driver->pending);
}

static void driver_fail(IpmpdDriver *driver, const GError *error)
{
    driver->failed = TRUE;
    driver_answer_all(driver, error->message);
    if (driver->thread != NULL)
        driver->sink.failed(error, driver->sink.user_data);
}

/* Of several only the last matters: it has all that the others have. */
static void driver_pass_record(IpmpdDriver *driver, const GPtrArray *told)
{
    for (guint i = told->len; i > 0; i--) {
        const IpmpdTold *item = told->pdata[i - 1];

        if (item->kind == IPMPD_TOLD_RECORD) {
            driver->sink.record(item->record, driver->sink.user_data);
            return;
        }
    }
}

static void driver_pass_learned(IpmpdDriver *driver, const IpmpdTold *told)
{
    if (driver->sink.learned != NULL)
        driver->sink.learned(told->learned, driver->sink.user_data);
}

static void driver_pass_on(IpmpdDriver *driver, const IpmpdTold *told)
{
    switch (told->kind) {
    case IPMPD_TOLD_NOTICE:
        driver->sink.notice(&told->notice, driver->sink.user_data);
        break;
    case IPMPD_TOLD_PROBES:
        ipmpd_thread_results_taken(driver->thread, told->results->len);
        driver->sink.probes((const MpProbeResult *)told->results->data, told->results->len,
                            driver->sink.user_data);
        break;
    case IPMPD_TOLD_LEARNED:
        driver_pass_learned(driver, told);
        break;
    case IPMPD_TOLD_FAILED:
        driver_fail(driver, told->error);
        break;
    case IPMPD_TOLD_INFO:
        ipmpd_log_info(IPMPD_TOPIC_ENGINE, "%s", told->text);
        break;
    case IPMPD_TOLD_RECORD: /* by driver_pass_record() */
    case IPMPD_TOLD_DONE:   /* after the snapshot */
        break;
    }
}

/* Answers come last: who asked for a group finds its object on the bus. Any of the callbacks may
 * free the driver. */
static void on_told(GPtrArray *items, gpointer latest, gpointer user_data)
{
    IpmpdDriver *driver = g_rc_box_acquire(user_data);
    g_autoptr(GPtrArray) told = items;
    g_autoptr(MpSnapshot) snapshot = latest;

    /* First: the engine may be waiting for it. */
    driver_pass_record(driver, told);
    for (guint i = 0; i < told->len && driver->thread != NULL; i++)
        driver_pass_on(driver, told->pdata[i]);
    if (snapshot != NULL && driver->thread != NULL)
        driver->sink.snapshot(snapshot, driver->sink.user_data);
    for (guint i = 0; i < told->len && driver->thread != NULL; i++) {
        IpmpdTold *item = told->pdata[i];

        if (item->kind == IPMPD_TOLD_DONE)
            driver_answer(driver, item);
    }
    g_rc_box_release_full(driver, driver_clear);
}

/* Life */

static MpKernel *make_netlink(GMainContext *context, const MpKernelSink *sink, gpointer user_data,
                              GError **error)
{
    return mp_kernel_netlink_new(context, sink, error);
}

IpmpdDriver *ipmpd_driver_new_full(const IpmpdHeritage *heritage, const IpmpdDriverSink *sink,
                                   IpmpdKernelFunc make_kernel, gpointer user_data, IpmpdSeat *seat,
                                   GError **error)
{
    IpmpdDriver *driver = g_rc_box_new0(IpmpdDriver);
    IpmpdChannelSink told = {on_told, (GDestroyNotify)ipmpd_told_free,
                             (GDestroyNotify)mp_snapshot_unref, driver};

    driver->sink = *sink;
    driver->pending = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_object_unref);
    driver->up = ipmpd_channel_new(g_main_context_get_thread_default(), G_PRIORITY_DEFAULT, &told);
    driver->thread = ipmpd_thread_start(heritage, make_kernel, user_data, driver->up, seat, error);
    if (driver->thread != NULL)
        return driver;
    ipmpd_channel_free(driver->up);
    g_rc_box_release_full(driver, driver_clear);
    return NULL;
}

IpmpdDriver *ipmpd_driver_new(const IpmpdHeritage *heritage, const IpmpdDriverSink *sink,
                              IpmpdSeat *seat, GError **error)
{
    return ipmpd_driver_new_full(heritage, sink, make_netlink, NULL, seat, error);
}

void ipmpd_driver_free(IpmpdDriver *driver)
{
    g_autoptr(GPtrArray) told = NULL;

    if (driver == NULL)
        return;
    ipmpd_thread_stop(g_steal_pointer(&driver->thread));
    told = ipmpd_channel_take(driver->up);
    driver_pass_record(driver, told);
    for (guint i = 0; i < told->len; i++)
        if (((IpmpdTold *)told->pdata[i])->kind == IPMPD_TOLD_LEARNED)
            driver_pass_learned(driver, told->pdata[i]);
    g_clear_pointer(&driver->up, ipmpd_channel_free);
    driver_answer_all(driver, "the service is stopping");
    g_rc_box_release_full(driver, driver_clear);
}
