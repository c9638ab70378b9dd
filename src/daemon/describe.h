/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All that the properties say, as one JSON document. Keys are the names of the properties in the
 * spelling of options ("state-since-usec" for StateSinceUSec); objects are told by name. */
#pragma once

#include <gio/gio.h>

/* The properties of `manager`, and instead of its lists of paths the objects themselves, "groups"
 * and "interfaces", of GDBusInterfaceSkeleton. g_free(). */
char *ipmpd_describe(GDBusInterfaceSkeleton *manager, const GPtrArray *groups,
                     const GPtrArray *interfaces);
