/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The engine's memory as a snapshot. */
#pragma once

#include "state.h"

MpSnapshot *mp_show_snapshot(const MpEngine *engine);
