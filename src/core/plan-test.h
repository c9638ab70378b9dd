/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Test addresses, set up so that no application ever picks one, and so that probes go out and are
 * answered by a member that has nothing else: standby, failed, or the only one of its prefix.
 *
 * IPv4: the address alone (/32), of link scope, without a route of the kernel's; its subnet by the
 * member in a table of the member's own, which a rule asks for what is sent from that address, and
 * the reverse path filter for what is sent to it. IPv6: the link-local serves and chooses its
 * device by itself, but what is sent from it to a global target needs a route: one for each
 * configured one, and a rule for the link-local. */
#pragma once

#include "plan.h"

/* The addresses: to be built before anything that could be a device's last one leaves. */
void mp_plan_test_addresses(const MpEngine *engine, MpPlan *plan);
/* Whether an address of ours is a test address that has to be there. */
gboolean mp_test_address_is_wanted(const MpEngine *engine, const MpIfaddr *ifaddr);
/* Their tables and rules, and those of gates (plan-gate.h); what of these nobody wants any more,
 * also of an earlier life and of devices that are gone, is cleaned, rules first. */
void mp_plan_device_tables(const MpEngine *engine, MpPlan *plan);
