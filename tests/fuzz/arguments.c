/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A method and its arguments in GVariant's text form, on a configuration of two groups: what the
 * edit takes is valid, and can be written to a file that is read as the same.
 *
 * First line: the method. The rest: the tuple of its arguments. */
#include "fuzz.h"

#include "arguments.h"
#include "config-file.h"
#include "edit.h"

#include <string.h>

#define INPUT_MAX 4096u

typedef struct {
    const char *method;
    const char *type;
    IpmpdEdit edit; /* NULL: the options alone are looked at */
} Target;

static const Target targets[] = {
    {"CreateGroup", "(sasa{sv})", ipmpd_edit_create_group},
    {"SetDefaults", "(a{sv}a{sv})", ipmpd_edit_set_defaults},
    {"Configure", "(a{sv}a{sv})", ipmpd_edit_configure},
    {"Save", "(a{sv})", ipmpd_edit_save},
    {"Delete", "(a{sv})", ipmpd_edit_delete},
    {"AddInterface", "(sa{sv})", ipmpd_edit_add_interface},
    {"RemoveInterface", "(sa{sv})", ipmpd_edit_remove_interface},
    {"SetStandby", "(ba{sv})", ipmpd_edit_set_standby},
    {"SetTestAddresses", "(asa{sv})", ipmpd_edit_set_test_addresses},
    {"AddAddress", "(sa{sv})", ipmpd_edit_add_address},
    {"RemoveAddress", "(sa{sv})", ipmpd_edit_remove_address},
    {"Offline", "(a{sv})", NULL},
    {"Online", "(a{sv})", NULL},
    {"Reload", "(a{sv})", NULL},
    {"Check", "(a{sv})", NULL},
    {"WatchProbes", "(a{sv})", NULL},
    {"UnwatchProbes", "(a{sv})", NULL},
    {"ListDevices", "(a{sv})", NULL},
};

/* Of the methods without an edit, all that any of them takes. */
static const IpmpdArgument options[] = {
    {"min-redundancy", "u"}, {"interfaces", "as"}, {"temporary", "b"}, {NULL, NULL}};

static MpGroupConfig *group_new(const MpDefaults *defaults, const char *name, const char *member)
{
    MpGroupConfig *group = mp_group_config_new(name, defaults);

    g_ptr_array_add(group->interfaces, mp_interface_config_new(member));
    return group;
}

static void check_config(const MpConfig *config)
{
    for (guint i = 0; i < config->groups->len; i++) {
        const MpGroupConfig *group = config->groups->pdata[i];
        g_autofree char *text = mp_config_edit_group(NULL, group);
        g_autoptr(GError) error = NULL;
        g_autoptr(MpGroupConfig) again = mp_config_parse_group(text, strlen(text), "f", group->name,
                                                               &config->defaults, NULL, &error);

        g_assert_no_error(error);
        g_assert_true(mp_group_config_equal(again, group));
    }
}

static void fuzz(const Target *target, GVariant *parameters)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(IpmpdOrder) order = NULL;
    g_autoptr(MpConfig) config = mp_config_new();
    const char *text = NULL;

    if (g_str_has_prefix(target->type, "(s"))
        g_variant_get_child(parameters, 0, "&s", &text);
    mp_config_put(config, group_new(&config->defaults, "front", "eth0"));
    mp_config_put(config, group_new(&config->defaults, "back", "eth2"));
    order =
        ipmpd_order_new(target->edit == ipmpd_edit_create_group ? text : "front",
                        target->edit == ipmpd_edit_add_interface ? text : "eth0", text, parameters);
    if (target->edit == NULL) {
        g_autoptr(GVariant) dictionary = ipmpd_order_get_options(order);

        ipmpd_arguments_check(dictionary, options, "option", &error);
    } else if (target->edit(config, order, &error) && mp_config_validate(config, &error)) {
        check_config(config);
    }
    g_assert_true(error == NULL || g_utf8_validate(error->message, -1, NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = NULL;
    char *rest = NULL;

    if (size > INPUT_MAX)
        return 0;
    text = g_strndup((const char *)data, size);
    rest = strchr(text, '\n');
    if (rest == NULL || !g_utf8_validate(text, -1, NULL))
        return 0;
    *rest++ = '\0';
    for (guint i = 0; i < G_N_ELEMENTS(targets); i++) {
        g_autoptr(GVariant) parameters = NULL;

        if (!g_str_equal(targets[i].method, text))
            continue;
        parameters = g_variant_parse(G_VARIANT_TYPE(targets[i].type), rest, NULL, NULL, NULL);
        if (parameters != NULL)
            fuzz(&targets[i], parameters);
    }
    return 0;
}
