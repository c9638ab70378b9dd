/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine.h"

void mp_engine_seed(MpEngine *engine, const MpCookieKey *key, guint32 seed)
{
}

guint mp_engine_take_probes(MpEngine *engine, const MpProbe **out)
{
    return 0;
}

void mp_engine_note_sent(MpEngine *engine, const MpProbe *probes, guint n, gint64 sent_us)
{
}

gint64 mp_engine_probe_deadline(const MpEngine *engine)
{
    return G_MAXINT64;
}

void mp_engine_watch(MpEngine *engine, gboolean watch)
{
}

GArray *mp_engine_take_results(MpEngine *engine)
{
    return NULL;
}

MpSnapshot *mp_engine_look(MpEngine *engine)
{
    return mp_engine_snapshot(engine);
}
