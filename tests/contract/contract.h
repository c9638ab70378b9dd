/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words that the contract's tests share. */
#pragma once

#include "fixture.h"

#define OUR_NEXTHOP (MP_NEXTHOP_ID_FIRST + 1)

void contract_add_dumps(void);
void contract_add_operations(void);
void contract_add_routes(void);
void contract_add_nexthops(void);
void contract_add_links(void);
void contract_add_losses(void);
void contract_add_tests(void);
void contract_add_probes(void);

MpAddress address_of(const char *text); /* "192.0.2.1/24", "192.0.2.1" */
/* Addresses as the engine adds them: IPv6 without duplicate address detection, forever. */
MpOp op_address(MpOpKind kind, guint index, const char *text);
/* Protocol is ours, type unicast; scope link without a gateway. `gateway` may be NULL. */
MpOp op_route(MpOpKind kind, guint32 table, const char *dst, guint oif, const char *gateway);
MpOp op_route_nhid(MpOpKind kind, guint32 table, const char *dst, guint32 nhid);
MpOp op_nexthop(guint32 id, guint oif, guint8 family, const char *gateway);
MpOp op_group(guint32 id, guint16 buckets, guint32 a, guint16 weight_a, guint32 b,
              guint16 weight_b); /* b 0: only a */
MpOp op_rule(MpOpKind kind, guint8 family, guint32 table, gint32 suppress);

/* Probes as the engine makes them; the cookie is made of the sequence. */
MpProbe probe_icmp(guint index, const char *source, const char *target, guint16 sequence);
/* `sender` NULL: 0.0.0.0. To all. */
MpProbe probe_arp(Fixture *fixture, guint index, const char *sender, const char *target);

/* Submit one. */
int submit(Fixture *fixture, MpOp op);
/* Foreign changes; protocol static, metric as given. */
void foreign_address(Fixture *fixture, guint index, const char *text);
MpRoute foreign_route(const char *dst, guint oif, const char *gateway, guint32 metric);

/* The first event of this kind about this object; NULL if there is none. */
const MpEvent *told_address(Fixture *fixture, MpEventKind kind, guint index, const char *text);
const MpEvent *told_route(Fixture *fixture, MpEventKind kind, guint32 table, const char *dst);
guint told_routes(Fixture *fixture, MpEventKind kind, guint32 table, const char *dst);
const MpEvent *told_nexthop(Fixture *fixture, MpEventKind kind, guint32 id);
guint position(Fixture *fixture, const MpEvent *event);

/* Run until it is told; the test fails when it is not. */
const MpEvent *expect_answer(Fixture *fixture, guint index, guint16 sequence);
const MpEvent *expect_address(Fixture *fixture, MpEventKind kind, guint index, const char *text);
const MpEvent *expect_route(Fixture *fixture, MpEventKind kind, guint32 table, const char *dst);
/* ... until a LINK event says this of the flags and the carrier. */
const MpEvent *expect_link(Fixture *fixture, guint index, gboolean up, gboolean carrier);
const MpEvent *expect_gone(Fixture *fixture, guint index);
/* Everything that was on its way has been told: a dump came through behind it. */
void settle(Fixture *fixture);

/* Ask by a dump, forgetting what was told before. */
const MpEvent *ask_address(Fixture *fixture, guint index, const char *text);
const MpEvent *ask_route(Fixture *fixture, guint32 table, const char *dst);
const MpEvent *ask_nexthop(Fixture *fixture, guint32 id);
