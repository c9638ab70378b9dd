/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

char *ipmp_path_for_group(const char *name);
char *ipmp_path_for_interface(const char *name);
char *ipmp_path_to_name(const char *path);

G_END_DECLS
