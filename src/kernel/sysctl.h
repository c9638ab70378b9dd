/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Settings under /proc/sys/net: of the network namespace that the calling thread is in. */
#pragma once

#include "objects.h"

/* -1: there is no such setting (or no such device, or it is not a number). `device` is not looked
 * at for the global ones. index: of that device, whose name may be another's by now; 0 = whoever
 * has the name. */
gint mp_sysctl_read(MpSysctl key, const char *device, guint index);
/* 0, or an errno. Success too if it cannot be written (a container with a read-only /proc) but has
 * this value. */
int mp_sysctl_write(MpSysctl key, const char *device, guint index, gint value);
