/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder.h"

#include "log.h"

#define RETRY_MS 1000

struct IpmpdRecorder {
    IpmpdStore *store;
    void (*stored)(guint64 serial, gpointer user_data);
    gpointer user_data;
    MpRecord *record; /* not stored yet, NULL = none */
    guint retry_id;
    char *problem; /* that was told, NULL = all is well */
};

static gboolean on_retry(gpointer user_data);

/* Once, however often it is tried again: the message has the name of a temporary file, another one
 * each time. */
static void tell_problem(IpmpdRecorder *recorder, const GError *error)
{
    if (recorder->problem != NULL)
        return;
    recorder->problem = g_strdup(error->message);
    ipmpd_log_error(IPMPD_TOPIC_RECORD,
                    "the record cannot be stored, and is tried again each second: %s; failovers go "
                    "on, but a restart would not know of the latest changes",
                    error->message);
}

static void tell_success(IpmpdRecorder *recorder)
{
    if (recorder->problem == NULL)
        return;
    g_clear_pointer(&recorder->problem, g_free);
    ipmpd_log_notice(IPMPD_TOPIC_RECORD, "the record is stored again");
}

static void recorder_write(IpmpdRecorder *recorder)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(MpRecord) record = NULL;

    if (!ipmpd_store_write_record(recorder->store, recorder->record, &error)) {
        tell_problem(recorder, error);
        if (recorder->retry_id == 0)
            recorder->retry_id = g_timeout_add(RETRY_MS, on_retry, recorder);
        return;
    }
    g_clear_handle_id(&recorder->retry_id, g_source_remove);
    tell_success(recorder);
    record = g_steal_pointer(&recorder->record);
    recorder->stored(record->serial, recorder->user_data);
}

static gboolean on_retry(gpointer user_data)
{
    IpmpdRecorder *recorder = user_data;

    recorder->retry_id = 0;
    recorder_write(recorder);
    return G_SOURCE_REMOVE;
}

void ipmpd_recorder_store(IpmpdRecorder *recorder, MpRecord *record)
{
    mp_record_ref(record);
    g_clear_pointer(&recorder->record, mp_record_unref);
    recorder->record = record;
    recorder_write(recorder);
}

IpmpdRecorder *ipmpd_recorder_new(IpmpdStore *store,
                                  void (*stored)(guint64 serial, gpointer user_data),
                                  gpointer user_data)
{
    IpmpdRecorder *recorder = g_new0(IpmpdRecorder, 1);

    recorder->store = store;
    recorder->stored = stored;
    recorder->user_data = user_data;
    return recorder;
}

void ipmpd_recorder_free(IpmpdRecorder *recorder)
{
    g_clear_handle_id(&recorder->retry_id, g_source_remove);
    g_clear_pointer(&recorder->record, mp_record_unref);
    g_free(recorder->problem);
    g_free(recorder);
}
