/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For the editor: what a group's file says, without the question whether it makes sense. */
#pragma once

#include "config-file.h"

MpGroupConfig *mp_config_read_group(const char *text, gsize length, const char *path,
                                    const char *group, const MpDefaults *defaults,
                                    GPtrArray *warnings, GError **error);
