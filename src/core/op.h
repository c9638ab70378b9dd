/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One change that is asked of the kernel. */
#pragma once

#include "objects.h"

typedef enum {
    MP_OP_SYSCTL_SET,
    MP_OP_ADDRESS_ADD,   /* create or replace in place */
    MP_OP_ADDRESS_DEL,   /* key fields only */
    MP_OP_NEXTHOP_SET,   /* create or replace */
    MP_OP_NEXTHOP_DEL,   /* id only */
    MP_OP_ROUTE_PREPEND, /* create before equals of the same key; already there = success */
    MP_OP_ROUTE_REPLACE, /* create or replace the one of the same key */
    MP_OP_ROUTE_ADD,     /* create behind equals (append); already there = success: gives a flushed
                            foreign route back */
    MP_OP_ROUTE_DEL, /* exactly this one: table, dst, tos, metric, type, protocol, scope, prefsrc,
                        nhid or hop */
    MP_OP_RULE_ADD,  /* behind rules of the same priority; already there = success */
    MP_OP_RULE_DEL,
    MP_OP_NEIGHBOUR_SET, /* create or replace; permanent */
    MP_OP_NEIGHBOUR_DEL, /* key fields only */
} MpOpKind;
#define MP_N_OP_KINDS 13

typedef struct {
    guint64 id; /* given by the engine, unique in its life; comes back with the answer */
    MpOpKind kind;
    gboolean exclusive; /* NEXTHOP_SET: one that is there already stays as it is */
    union {
        MpSysctlValue sysctl;
        MpIfaddr address;
        MpNexthop nexthop;
        MpRoute route;
        MpRule rule;
        MpFixed fixed;
    };
} MpOp;

const char *mp_op_kind_to_string(MpOpKind kind);
/* "address-add 192.0.2.10/24 dev 3": for messages and test failures. g_free(). */
char *mp_op_to_string(const MpOp *op);
