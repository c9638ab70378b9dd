/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Shared by the files that hold the edits. */
#pragma once

#include "arguments.h"
#include "edit.h"

/* For methods with no options but the one that all have. */
extern const IpmpdArgument ipmpd_edit_plain_options[];

gboolean ipmpd_edit_check_options(const IpmpdOrder *order, const IpmpdArgument *allowed,
                                  GError **error);
/* Errors: NO_SUCH_GROUP. */
MpGroupConfig *ipmpd_edit_find_group(MpConfig *config, const IpmpdOrder *order, GError **error);
/* Errors: NO_SUCH_INTERFACE, naming the members that there are. */
MpInterfaceConfig *ipmpd_edit_find_member(MpGroupConfig *group, const char *name, GError **error);
/* A member as the options of AddInterface say, for a group that may hold it. Errors:
 * INVALID_ARGUMENT, INTERFACE_IN_USE (another group has it). */
MpInterfaceConfig *ipmpd_edit_build_member(const MpConfig *config, const char *group,
                                           const char *name, GVariant *options, GError **error);
extern const IpmpdArgument ipmpd_edit_member_options[];
