/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "escape.h"

#include <glib.h>
#include <string.h>

char *ipmpd_unescape(const char *text)
{
    gsize length = strlen(text), slashes = 0;

    while (slashes < length && text[length - 1 - slashes] == '\\')
        slashes++;
    return slashes % 2 == 0 ? g_strcompress(text) : NULL;
}
