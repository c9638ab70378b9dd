/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The settings of groups and the defaults, as the bus names them. */
#pragma once

#include "arguments.h"
#include "config.h"

#define IPMPD_GROUP_SETTINGS                                                                       \
    {"failure-detection-msec", "u"}, {"failback", "b"}, {"probe-method", "s"},                     \
        {"probe-targets", "as"}, {"probe-targets-only", "b"}, {"probe-failures", "u"},             \
        {"probe-repairs", "u"},                                                                    \
    {                                                                                              \
        "repair-delay-msec", "u"                                                                   \
    }

extern const IpmpdArgument ipmpd_group_settings[];
extern const IpmpdArgument ipmpd_default_settings[];

/* Give `group` what `settings` (an a{sv} that was checked; other keys are passed over) says, and
 * what it inherits or is built in for the names in `reset` (may be NULL). Errors: INVALID_ARGUMENT,
 * naming the setting, the value and what is allowed; then `group` is half changed. */
gboolean ipmpd_settings_apply_to_group(MpGroupConfig *group, GVariant *settings,
                                       const char *const *reset, const MpDefaults *defaults,
                                       GError **error);
/* The same for the defaults; what groups inherit does not follow by itself. */
gboolean ipmpd_settings_apply_to_defaults(MpDefaults *defaults, GVariant *settings,
                                          const char *const *reset, GError **error);
