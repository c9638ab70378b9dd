/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GDBus reads calls as fast as they come and keeps all of them in memory until the main loop gets
 * to them, so that any local user could make the service grow without bound and, busy with what has
 * piled up, miss its watchdog. Behind a gate no more than IPMPD_BUS_GATE_MAX calls wait here: the
 * others stay where they came from, in the bus, which has its limits for each user. */
#pragma once

#include <gio/gio.h>

#define IPMPD_BUS_GATE_MAX 32u /* calls read and not yet handled */

typedef struct IpmpdBusGate IpmpdBusGate;

/* From now on calls on `bus` pass the gate; the thread-default context of the caller must be the
 * one that handles them. While it runs that thread must not make synchronous calls on `bus`: their
 * answers would wait behind calls that it does not come to. */
IpmpdBusGate *ipmpd_bus_gate_new(GDBusConnection *bus);
/* Calls that come from now on, and those that wait, are dropped: the bus answers them when the
 * connection ends. Synchronous calls may be made again. */
void ipmpd_bus_gate_close(IpmpdBusGate *gate);
/* Closes it and takes it away. */
void ipmpd_bus_gate_free(IpmpdBusGate *gate);
