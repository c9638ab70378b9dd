/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For the parser of configuration files, which adds the line to what validation says. */
#pragma once

#include "config.h"

/* What a refusal is about, in the words of the file. */
typedef struct {
    char interface[MP_INTERFACE_NAME_MAX + 1]; /* "" = the section [Group] */
    const char *key;                           /* NULL = the section itself */
    char value[MP_ADDRESS_STRING_MAX];         /* the word of the value, "" = all of it */
} MpConfigFault;

/* As mp_group_config_validate(); *out_fault is set with each error. */
gboolean mp_group_config_check(const MpGroupConfig *config, MpConfigFault *out_fault,
                               GError **error);
