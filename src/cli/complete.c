/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `ipmpctl complete WHAT`: names for the shell's completion, one a line. */
#include "ctl.h"
#include "intl.h"
#include "lookup.h"
#include "options.h"
#include "setting.h"
#include <string.h>

static void print_groups(Ctl *ctl)
{
    g_autoptr(GPtrArray) groups = ipmp_client_dup_groups(ctl->client);

    for (guint i = 0; i < groups->len; i++)
        if (!ipmp_group_get_anonymous(groups->pdata[i]))
            puts(ipmp_group_get_name(groups->pdata[i]));
}

static void print_interfaces(Ctl *ctl)
{
    g_autoptr(GPtrArray) interfaces = ipmp_client_dup_interfaces(ctl->client);

    for (guint i = 0; i < interfaces->len; i++)
        puts(ipmp_interface_get_name(interfaces->pdata[i]));
}

/* Devices that could become members. */
static void print_devices(Ctl *ctl)
{
    g_autoptr(GVariant) devices = ipmp_client_list_devices_sync(ctl->client, NULL, NULL);

    for (gsize i = 0; devices != NULL && i < g_variant_n_children(devices); i++) {
        g_autoptr(GVariant) device = g_variant_get_child_value(devices, i);
        gboolean suitable = FALSE;
        g_variant_lookup(device, "suitable", "b", &suitable);
        if (suitable)
            puts(ctl_lookup_string(device, "name"));
    }
}

static void print_addresses(Ctl *ctl)
{
    g_autoptr(GPtrArray) groups = ipmp_client_dup_groups(ctl->client);

    for (guint i = 0; i < groups->len; i++) {
        g_autoptr(GVariant) addresses = ipmp_group_dup_addresses(groups->pdata[i]);
        for (gsize k = 0; k < g_variant_n_children(addresses); k++) {
            g_autoptr(GVariant) address = g_variant_get_child_value(addresses, k);
            puts(ctl_lookup_string(address, "address"));
        }
    }
}

static void print_settings(CtlSettingScope scope)
{
    g_auto(GStrv) names = ctl_setting_names(scope);

    for (guint i = 0; names[i] != NULL; i++)
        puts(names[i]);
}

static void print_group_settings(Ctl *ctl)
{
    print_settings(CTL_SETTING_GROUP);
}

static void print_default_settings(Ctl *ctl)
{
    print_settings(CTL_SETTING_DEFAULTS);
}

static void print_commands(Ctl *ctl)
{
    for (const CtlVerb *verb = ctl_verbs; verb->name != NULL; verb++)
        if (verb->help != NULL)
            puts(verb->name);
}

static const struct {
    const char *what;
    gboolean connect;
    void (*print)(Ctl *ctl);
} kinds[] = {
    {"groups", TRUE, print_groups},
    {"interfaces", TRUE, print_interfaces},
    {"devices", TRUE, print_devices},
    {"addresses", TRUE, print_addresses},
    {"group-settings", FALSE, print_group_settings},
    {"default-settings", FALSE, print_default_settings},
    {"commands", FALSE, print_commands},
};

/* "options" or "options-COMMAND". */
static gboolean print_options(const char *what)
{
    if (strcmp(what, "options") == 0) {
        ctl_options_print_names(0);
        return TRUE;
    }
    for (const CtlVerb *verb = ctl_verbs; verb->name != NULL; verb++) {
        if (g_str_has_prefix(what, "options-") && strcmp(what + 8, verb->name) == 0) {
            ctl_options_print_names(verb->options);
            return TRUE;
        }
    }
    return FALSE;
}

gboolean ctl_run_complete(Ctl *ctl, char **args, GError **error)
{
    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (strcmp(kinds[i].what, args[0]) != 0)
            continue;
        if (kinds[i].connect && !ctl_connect(ctl, FALSE, error))
            return FALSE;
        kinds[i].print(ctl);
        return TRUE;
    }
    if (print_options(args[0]))
        return TRUE;
    g_set_error(error, CTL_ERROR, CTL_ERROR_USAGE, _("complete: there is no list '%s'"), args[0]);
    return FALSE;
}
