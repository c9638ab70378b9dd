/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The engine's memory as a snapshot. */
#pragma once

#include "state.h"

MpSnapshot *mp_show_snapshot(const MpEngine *engine);
/* One interface and its group alone; empty if it is not there. */
MpSnapshot *mp_show_interface(const MpEngine *engine, const char *name);
