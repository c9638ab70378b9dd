/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The life of a data address: declared or adopted, hosted, withdrawn by its owner, given back. */
#pragma once

#include "state.h"

void mp_data_free(MpData *data);

/* The addresses of the configuration, of the record and of the kernel become data addresses. */
/* Declared and made by us, but somebody else puts it, too: his from then on, with the prefix that
 * is declared. */
void mp_data_becomes_found(MpEngine *engine, MpData *data);
void mp_data_declare(MpEngine *engine, MpGroup *group, const MpAddress *address, MpMember *home,
                     gint64 now_us);
void mp_data_recall(MpEngine *engine, MpGroup *group, const MpRecordAddress *entry);
void mp_data_discover(MpEngine *engine, gint64 now_us);
/* Found as a copy of which no record tells; `form`: as it would be at a home. */
void mp_data_adopt_homeless(MpEngine *engine, MpGroup *group, const MpIfaddr *form, gint64 now_us);

/* The place behind all others of the group; places of those that were found, MpData*. */
guint mp_data_next_order(MpGroup *group);
void mp_data_order_as_found(const MpEngine *engine, const GPtrArray *list);

/* An address was seen, or vanished, that may be a data address. */
void mp_data_note_seen(MpEngine *engine, const MpEvent *event, gint64 now_us);
void mp_data_note_gone(MpEngine *engine, const MpEvent *event, gint64 now_us);
/* After a resync: what is absent although nothing of the kernel explains it was taken away. */
void mp_data_note_resync(MpEngine *engine, gint64 now_us);
/* ... unless what else the dump shows explains it. */
void mp_data_note_dumped(MpEngine *engine, MpDump dump);
/* Those that have vanished long enough are withdrawn. */
void mp_data_expire(MpEngine *engine, gint64 now_us);
/* Whoever refused it long ago is asked once more when it is needed. */
void mp_data_ask_again(MpEngine *engine, MpData *data);
/* When the lease of an address that is on no member ends; G_MAXINT64 = it does not. */
gint64 mp_data_end(const MpEngine *engine, const MpData *data);
void mp_data_withdraw(MpEngine *engine, MpData *data, gint64 now_us);

/* How the address shall look on `index`: at home (or when it is given back) as it was found,
 * elsewhere as a copy. */
MpIfaddr mp_data_form(const MpEngine *engine, const MpData *data, gint64 now_us);
/* The operation that makes it at its host, where it is not. */
MpOp mp_data_making(const MpEngine *engine, const MpData *data, gint64 now_us);
/* The same in another prefix (of data->others), which it has at home alone. */
MpIfaddr mp_data_other(const MpEngine *engine, const MpData *data, const MpIfaddr *other,
                       gint64 now_us);
/* It is not in this one any more. FALSE: it was not. */
gboolean mp_data_drop_other(MpEngine *engine, MpData *data, guint8 prefix);
MpIfaddr mp_data_anchor(const MpData *data);
/* Usable on another device than its host: there duplicate address detection finds it. */
gboolean mp_data_has_twin(const MpEngine *engine, const MpData *data);
/* Made of an advertised prefix, by the kernel or by a manager in its place. */
gboolean mp_ifaddr_is_slaac(const MpIfaddr *ifaddr);
/* Its home, NULL = homeless: nothing is at home on a standby, it only is given back there. */
const MpMember *mp_data_home(const MpData *data);
/* More than fit into a portion (mp_engine_set_portion()): fresh ones, which nobody has had and
 * nobody misses, come last, and are announced only when they are there. */
gboolean mp_data_are_many(const MpEngine *engine);
gboolean mp_data_is_fresh(const MpEngine *engine, const MpData *data);
/* A route whose source waits for its turn: the kernel takes none whose source is nowhere. */
gboolean mp_data_route_comes_later(const MpEngine *engine, const MpOp *op, gint64 now_us);
/* Whether it shall be in the kernel at all. */
gboolean mp_data_is_wanted(const MpData *data);
/* Not to be chosen as a source while there is another. */
gboolean mp_data_is_no_source(const MpData *data);
