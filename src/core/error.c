/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "error.h"

#include "words.h"

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

G_DEFINE_QUARK(mp - error - quark, mp_error)

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
