/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libipmp: the groups of IP multipathing on this host, as objects. */
#pragma once

#include "ipmp-client.h"
#include "ipmp-enum-types.h"
#include "ipmp-error.h"
#include "ipmp-group.h"
#include "ipmp-interface.h"
#include "ipmp-path.h"
