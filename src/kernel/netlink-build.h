/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Operations to rtnetlink bytes: pure. */
#pragma once

#include "op.h"

/* Sequence numbers of requests that are the door's own help, not the engine's wish, have this bit;
 * what they cause is not told. */
#define MP_SEQUENCE_HELPER 0x80000000u

struct nl_msg;
/* Room for the largest single message. */
#define MP_SCRATCH_SIZE 16384

/* How many of these adjacent operations belong in one message: 1, but for ROUTE_ADDs of the hops
 * 0, 1, ... of one IPv4 multipath route, which the kernel takes only whole (IPv6 appends hops). */
guint mp_netlink_joined(const MpOp *ops, guint n_ops);

/* Appends the message for ops[0..n_joined-1], with helper messages around it where the kernel
 * needs them; `scratch` (of MP_SCRATCH_SIZE) is used for each, so that a batch allocates nothing.
 * The main message has `sequence` (below MP_SEQUENCE_HELPER). All ask for an answer.
 * FALSE: not a netlink operation (SYSCTL_SET). */
gboolean mp_netlink_build(const MpOp *ops, guint n_joined, guint32 sequence, struct nl_msg *scratch,
                          GByteArray *buffer);

/* What the kernel's answer means for this operation: 0 when it says that things are already as
 * they should be, else the errno as it came. */
int mp_netlink_result(MpOpKind kind, int error);
