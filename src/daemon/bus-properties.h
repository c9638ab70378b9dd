/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/* Generated code looks each property up by its name and converts it, each time that somebody asks
 * for all of them; with a thousand interfaces that is most of what GetManagedObjects costs. Here
 * they are kept as they were told, until one is set. */

/* In class_init of a subclass of a generated skeleton. */
void ipmpd_bus_properties_keep(GDBusInterfaceSkeletonClass *klass);
/* In its init. */
void ipmpd_bus_properties_follow(GDBusInterfaceSkeleton *skeleton);
