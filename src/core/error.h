/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The error domain of the whole service: one code for each org.ipmp.Error name (api). */
#pragma once

#include <glib.h>

typedef enum {
    MP_ERROR_FAILED,
    MP_ERROR_INVALID_ARGUMENT,
    MP_ERROR_NO_SUCH_GROUP,
    MP_ERROR_NO_SUCH_INTERFACE,
    MP_ERROR_NO_SUCH_ADDRESS,
    MP_ERROR_EXISTS,
    MP_ERROR_INTERFACE_IN_USE,
    MP_ERROR_NOT_SUITABLE,
    MP_ERROR_DUPLICATE_HARDWARE_ADDRESS,
    MP_ERROR_MEDIA_MISMATCH,
    MP_ERROR_TEST_ADDRESS_CONFLICT,
    MP_ERROR_STANDBY,
    MP_ERROR_MINIMUM_REDUNDANCY,
    MP_ERROR_NOT_SUPPORTED,
    MP_ERROR_BUSY,
    MP_ERROR_LIMIT_REACHED,
    MP_ERROR_INVALID_CONFIG,
    MP_ERROR_CONFIG_CHANGED,
    MP_ERROR_KERNEL,
} MpError;
#define MP_N_ERRORS 19

#define MP_ERROR mp_error_quark()
GQuark mp_error_quark(void);

/* The last part of the D-Bus error name: "InvalidArgument" for MP_ERROR_INVALID_ARGUMENT. */
const char *mp_error_to_name(MpError code);
gboolean mp_error_from_name(const char *name, MpError *out);

/* At most 80 characters of a text of others, fit for a message: what is not printable or not UTF-8
 * is replaced, what was cut off is shown as "...". g_free(). */
char *mp_error_excerpt(const char *text);
