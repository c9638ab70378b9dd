/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the unit tests share. */
#pragma once

#include "config.h"
#include "error.h"

/* The address in the text, which is a good one. */
MpAddress unit_address(const char *text);
void unit_add(GArray *list, const char *text);
/* An interface that is put into the group. */
MpInterfaceConfig *unit_member(MpGroupConfig *group, const char *name);
MpGroupConfig *unit_group(const char *name);

/* The error is of this code, and its message has `part` in it. Frees and clears it. */
#define unit_assert_error(error, error_code, part)                                                 \
    unit_check_error(&(error), error_code, part, G_STRFUNC, __LINE__)
void unit_check_error(GError **error, MpError code, const char *part, const char *function,
                      int line);
