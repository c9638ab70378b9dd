/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rtnetlink bytes to events: pure, and it believes nothing that the bytes say about themselves. */
#pragma once

#include "event.h"

/* What a rule's selector begins with: tos, length of the destination, inversion, padding. */
#define MP_SELECTOR_HEADER 4

/* The event is the parser's, but may be changed (by_us...). */
typedef void (*MpParseFunc)(MpEvent *event, gpointer user_data);

/* One whole message: header and payload, `length` bytes as received (a message that claims more
 * than that is dropped). Tells one event, or one a hop for a multipath route; nothing for what is
 * malformed or not ours to know: other families (a bridge's word on its ports too), tables,
 * route types, cached routes, neighbours that are not there. Returns how many
 * were told.
 *
 * port_id is the message's; by_us is left for who knows. `stamp_us` goes into lifetimes. */
guint mp_netlink_parse(const void *bytes, gsize length, gint64 stamp_us, MpParseFunc tell,
                       gpointer user_data);

/* Of an NLMSG_ERROR message: its errno (0 = acknowledged) and, if there is one, the kernel's text
 * ("" else). FALSE: malformed. `out_sequence` is of the message that is answered. */
gboolean mp_netlink_parse_answer(const void *bytes, gsize length, guint32 *out_sequence,
                                 int *out_error, char *text, gsize text_size);
