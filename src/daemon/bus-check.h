/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Check of org.ipmp.Manager. */
#pragma once

#include "service.h"

/* Takes the invocation. */
void ipmpd_bus_check(IpmpdService *service, GDBusMethodInvocation *invocation, GVariant *options);
