/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between the files of data addresses. */
#pragma once

#include "state.h"

/* Global addresses that somebody put there; what belongs to the device alone is left alone. */
gboolean mp_ifaddr_is_candidate(const MpMember *member, const MpIfaddr *ifaddr);
gboolean mp_ifaddr_is_temporary(const MpIfaddr *ifaddr);
/* How its owner likes it. */
void mp_data_take_form(MpEngine *engine, MpData *data, const MpIfaddr *ifaddr);
/* As it is found now, unless a file says how it shall be. */
void mp_data_take_prefix(MpEngine *engine, MpData *data, const MpIfaddr *ifaddr);
/* What a copy at home is made of is in the record; a foreign one speaks for itself. */
void mp_data_look_at_home(MpEngine *engine, MpData *data);
/* This one, at home beside it, may be in another prefix: it comes back there with it. */
void mp_data_note_other(MpEngine *engine, MpData *data, const MpIfaddr *ifaddr);
MpIfaddr *mp_data_find_other(const MpData *data, guint8 prefix); /* NULL: it is not in this one */
/* Also one that is not usable yet. */
gboolean mp_data_has_any_link_local(const MpEngine *engine, guint index);
/* Those whose lease has ended are forgotten. */
void mp_data_prune_others(MpEngine *engine, MpData *data, gint64 now_us);
/* A withdrawn one that somebody put on a member is there again, at home there. */
void mp_data_return(MpEngine *engine, MpData *data, MpMember *member, const MpIfaddr *ifaddr,
                    gint64 now_us);
/* Whoever took it off one member (index, 0 = none) has put it on another one, or there in another
 * prefix: that one, or NULL. */
const MpIfaddr *mp_data_put_elsewhere(const MpEngine *engine, const MpData *data, guint index);
/* It vanished; whether somebody took it is judged in a moment. `asked_for`: by a request; `unseen`:
 * while nobody was there to see it. */
void mp_data_suspect(MpData *data, gboolean asked_for, gboolean unseen, gint64 now_us);
/* Withdrawn by the record, and put back since then, before a record could tell. */
gboolean mp_data_was_put_back(const MpEngine *engine, const MpData *data);
/* An earlier life had it on this very device, and somebody took it away, not the kernel. */
gboolean mp_data_was_taken(const MpEngine *engine, const MpData *data);
