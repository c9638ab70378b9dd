/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "keeper.h"

#include "log.h"

struct IpmpdKeeper {
    IpmpdStore *store;
    void (*ask)(gpointer user_data);
    gpointer user_data;
    guint timer_id;
    gboolean ending;
    MpLearned *written; /* NULL = nothing yet */
    gboolean troubled;  /* and that was told */
};

static gboolean on_timer(gpointer user_data)
{
    IpmpdKeeper *keeper = user_data;

    keeper->ask(keeper->user_data);
    return G_SOURCE_CONTINUE;
}

IpmpdKeeper *ipmpd_keeper_new(IpmpdStore *store, void (*ask)(gpointer user_data),
                              gpointer user_data)
{
    IpmpdKeeper *keeper = g_new0(IpmpdKeeper, 1);

    keeper->store = store;
    keeper->ask = ask;
    keeper->user_data = user_data;
    keeper->timer_id =
        g_timeout_add_full(G_PRIORITY_LOW, IPMPD_KEEPER_ASK_MS, on_timer, keeper, NULL);
    return keeper;
}

void ipmpd_keeper_free(IpmpdKeeper *keeper)
{
    if (keeper == NULL)
        return;
    g_clear_handle_id(&keeper->timer_id, g_source_remove);
    g_clear_pointer(&keeper->written, mp_learned_unref);
    g_free(keeper);
}

static gboolean is_worth_it(const IpmpdKeeper *keeper, const MpLearned *learned)
{
    return keeper->ending || keeper->written == NULL ||
           learned->told_us - keeper->written->told_us >= IPMPD_KEEPER_FRESH_US ||
           mp_learned_differs(keeper->written, learned);
}

void ipmpd_keeper_take(IpmpdKeeper *keeper, MpLearned *learned)
{
    g_autoptr(GError) error = NULL;
    gboolean written;

    if (!is_worth_it(keeper, learned))
        return;
    written = ipmpd_store_write_learned(keeper->store, learned, &error);
    if (written) {
        g_clear_pointer(&keeper->written, mp_learned_unref);
        keeper->written = mp_learned_ref(learned);
    }
    if (written == !keeper->troubled)
        return;
    keeper->troubled = !written;
    if (written)
        ipmpd_log_notice(IPMPD_TOPIC_RECORD, "what probing has learned is stored again");
    else
        ipmpd_log_warning(IPMPD_TOPIC_RECORD,
                          "what probing has learned cannot be stored, a restart would learn it "
                          "anew: %s",
                          error->message);
}

void ipmpd_keeper_end(IpmpdKeeper *keeper)
{
    keeper->ending = TRUE;
    g_clear_handle_id(&keeper->timer_id, g_source_remove);
}
