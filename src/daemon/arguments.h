/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Dictionaries of options and settings, read strictly by const tables. */
#pragma once

#include "address.h"
#include <gio/gio.h>

typedef struct {
    const char *name; /* NULL ends a table */
    const char *type; /* the only one that is taken */
} IpmpdArgument;

/* Whether an a{sv} holds nothing but what `allowed` lists, each once and of its type. `what` is the
 * word for one: "option" or "setting". Errors: INVALID_ARGUMENT, naming the key and what is
 * allowed. */
gboolean ipmpd_arguments_check(GVariant *dictionary, const IpmpdArgument *allowed, const char *what,
                               GError **error);

/* Addresses of an `as`: data addresses or, with another rule, plain ones. Errors:
 * INVALID_ARGUMENT, naming the address. g_array_unref(). */
GArray *ipmpd_arguments_parse_data_addresses(GVariant *strings, GError **error);
GArray *ipmpd_arguments_parse_addresses(GVariant *strings, MpPrefixRule rule, GError **error);
