/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A file, as ipmp.conf and as one of groups.d: what is read can be written, and is then read as the
 * same; whatever it is can be edited. */
#include "fuzz.h"

#include "config-file.h"

#include <string.h>

static void fuzz_defaults(const char *text, gsize length)
{
    g_autoptr(GPtrArray) warnings =
        g_ptr_array_new_with_free_func((GDestroyNotify)mp_config_warning_free);
    g_autoptr(GError) error = NULL;
    MpDefaults defaults = mp_defaults_new(), again = mp_defaults_new();
    g_autofree char *edited = NULL;

    if (!mp_config_parse_defaults(text, length, "f", &defaults, warnings, &error)) {
        g_assert_true(g_utf8_validate(error->message, -1, NULL));
        return;
    }
    edited = mp_config_edit_defaults(NULL, &defaults);
    g_assert_true(mp_config_parse_defaults(edited, strlen(edited), "f", &again, NULL, &error));
    g_assert_true(mp_defaults_equal(&defaults, &again));
}

static MpGroupConfig *parse(const char *text, gsize length, const MpDefaults *defaults)
{
    g_autoptr(GPtrArray) warnings =
        g_ptr_array_new_with_free_func((GDestroyNotify)mp_config_warning_free);
    g_autoptr(GError) error = NULL;
    MpGroupConfig *group =
        mp_config_parse_group(text, length, "f", "front", defaults, warnings, &error);

    g_assert_true((group == NULL) == (error != NULL));
    g_assert_true(error == NULL || g_utf8_validate(error->message, -1, NULL));
    return group;
}

static void check_edit(const char *text, const MpGroupConfig *group, const MpDefaults *defaults)
{
    g_autofree char *edited = mp_config_edit_group(text, group);
    g_autoptr(MpGroupConfig) again = parse(edited, strlen(edited), defaults);

    g_assert_nonnull(again);
    g_assert_true(mp_group_config_equal(again, group));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const MpDefaults defaults = mp_defaults_new();
    g_autofree char *text = g_strndup((const char *)data, size);
    g_autoptr(MpGroupConfig) other = mp_group_config_new("front", &defaults);
    g_autoptr(MpGroupConfig) group = parse((const char *)data, size, &defaults);

    fuzz_defaults((const char *)data, size);
    if (group != NULL)
        check_edit(NULL, group, &defaults);
    g_ptr_array_add(other->interfaces, mp_interface_config_new("eth0"));
    if (g_utf8_validate(text, -1, NULL) && strlen(text) == size)
        check_edit(text, other, &defaults);
    return 0;
}
