/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* A string of an a{sv}, empty when it is not there; belongs to the dictionary. */
const char *ctl_lookup_string(GVariant *dictionary, const char *key);
/* A number (t) of an a{sv} or a{st}, 0 when it is not there. */
guint64 ctl_lookup_count(GVariant *dictionary, const char *key);
