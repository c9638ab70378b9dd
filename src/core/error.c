/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "error.h"

#include "words.h"

#include <string.h>

#define EXCERPT_CHARACTERS 80

static const char *const names[] = {
    [MP_ERROR_FAILED] = "Failed",
    [MP_ERROR_INVALID_ARGUMENT] = "InvalidArgument",
    [MP_ERROR_NO_SUCH_GROUP] = "NoSuchGroup",
    [MP_ERROR_NO_SUCH_INTERFACE] = "NoSuchInterface",
    [MP_ERROR_NO_SUCH_ADDRESS] = "NoSuchAddress",
    [MP_ERROR_EXISTS] = "Exists",
    [MP_ERROR_INTERFACE_IN_USE] = "InterfaceInUse",
    [MP_ERROR_NOT_SUITABLE] = "NotSuitable",
    [MP_ERROR_DUPLICATE_HARDWARE_ADDRESS] = "DuplicateHardwareAddress",
    [MP_ERROR_MEDIA_MISMATCH] = "MediaMismatch",
    [MP_ERROR_TEST_ADDRESS_CONFLICT] = "TestAddressConflict",
    [MP_ERROR_STANDBY] = "Standby",
    [MP_ERROR_MINIMUM_REDUNDANCY] = "MinimumRedundancy",
    [MP_ERROR_NOT_SUPPORTED] = "NotSupported",
    [MP_ERROR_BUSY] = "Busy",
    [MP_ERROR_LIMIT_REACHED] = "LimitReached",
    [MP_ERROR_INVALID_CONFIG] = "InvalidConfig",
    [MP_ERROR_CONFIG_CHANGED] = "ConfigChanged",
    [MP_ERROR_KERNEL] = "Kernel",
};
G_STATIC_ASSERT(G_N_ELEMENTS(names) == MP_N_ERRORS);

GQuark mp_error_quark(void)
{
    return g_quark_from_static_string("mp-error-quark");
}

const char *mp_error_to_name(MpError code)
{
    return MP_WORD(names, code);
}

gboolean mp_error_from_name(const char *name, MpError *out)
{
    gint found = MP_WORD_FIND(names, name);

    if (found >= 0)
        *out = (MpError)found;
    return found >= 0;
}

char *mp_error_excerpt(const char *text)
{
    /* No character is longer than four bytes, so nothing that is wanted is beyond this. */
    gsize length = strnlen(text, (EXCERPT_CHARACTERS + 1) * 4);
    g_autofree char *valid = g_utf8_make_valid(text, (gssize)length);
    GString *excerpt = g_string_new(NULL);
    const char *p = valid;

    for (guint i = 0; i < EXCERPT_CHARACTERS && *p != '\0'; i++, p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);

        g_string_append_unichar(excerpt, g_unichar_isprint(c) ? c : '?');
    }
    if (*p != '\0')
        g_string_append(excerpt, "...");
    return g_string_free(excerpt, FALSE);
}
