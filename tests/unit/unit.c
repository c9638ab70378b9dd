/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include <string.h>

MpAddress unit_address(const char *text)
{
    MpAddress address = {0};
    GError *error = NULL;

    mp_address_parse(text, MP_PREFIX_OPTIONAL, &address, &error);
    g_assert_no_error(error);
    return address;
}

void unit_add(GArray *list, const char *text)
{
    MpAddress address = unit_address(text);

    g_array_append_val(list, address);
}

MpInterfaceConfig *unit_member(MpGroupConfig *group, const char *name)
{
    MpInterfaceConfig *member = mp_interface_config_new(name);

    g_ptr_array_add(group->interfaces, member);
    return member;
}

MpGroupConfig *unit_group(const char *name)
{
    MpDefaults defaults = mp_defaults_new();

    return mp_group_config_new(name, &defaults);
}

void unit_check_error(GError **error, MpError code, const char *part, const char *function,
                      int line)
{
    if (*error == NULL)
        g_error("%s:%d: no error, expected one with \"%s\"", function, line, part);
    if ((*error)->domain != MP_ERROR || (*error)->code != (gint)code)
        g_error("%s:%d: error %s is not %s: %s", function, line,
                (*error)->domain == MP_ERROR ? mp_error_to_name((*error)->code) : "of others",
                mp_error_to_name(code), (*error)->message);
    if (strstr((*error)->message, part) == NULL)
        g_error("%s:%d: \"%s\" is not in \"%s\"", function, line, part, (*error)->message);
    g_clear_error(error);
}
