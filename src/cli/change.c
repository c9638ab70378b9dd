/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The commands that change something: words to calls, and a line that says it is done. */
#include "ctl.h"
#include "format.h"
#include "intl.h"
#include "json.h"
#include "lookup.h"
#include "setting.h"
#include "suggest.h"
#include "table.h"
#include <string.h>

static gboolean done(const Ctl *ctl, const char *format, ...) G_GNUC_PRINTF(2, 3);
static gboolean done(const Ctl *ctl, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    g_autofree char *clean = ctl_text_clean(text);
    va_end(args);
    if (ctl->options.json)
        ctl_json_print(ctl,
                       g_variant_new_parsed("{'command': <%s>, 'done': <true>}", ctl->verb->name));
    else if (!ctl->options.quiet)
        ctl_output_printf(&ctl->out, CTL_STYLE_PLAIN, "%s\n", clean);
    return TRUE;
}

/* The options that Ctl holds and every change takes. Floating. */
static GVariant *common_options(const Ctl *ctl)
{
    g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT(NULL);

    if (ctl->options.temporary)
        g_variant_dict_insert(&dict, "temporary", "b", TRUE);
    return g_variant_dict_end(&dict);
}

static void insert_strings(GVariantDict *dict, const char *key, char **strings)
{
    if (strings != NULL)
        g_variant_dict_insert_value(dict, key,
                                    g_variant_new_strv((const char *const *)strings, -1));
}

/* Interfaces go to `interfaces`, SETTING=VALUE to `settings`. */
static gboolean parse_members(Ctl *ctl, char **words, GPtrArray *interfaces, CtlSettings *settings,
                              GError **error)
{
    for (guint i = 0; words[i] != NULL; i++) {
        if (!ctl_setting_is(words[i]))
            g_ptr_array_add(interfaces, words[i]);
        else if (!ctl_settings_parse(settings, CTL_SETTING_GROUP, words[i], error))
            return FALSE;
    }
    for (guint i = 0; ctl->options.standbys != NULL && ctl->options.standbys[i] != NULL; i++)
        if (!g_ptr_array_find_with_equal_func(interfaces, ctl->options.standbys[i], g_str_equal,
                                              NULL))
            g_ptr_array_add(interfaces, ctl->options.standbys[i]);
    g_ptr_array_add(interfaces, NULL);
    return TRUE;
}

static GPtrArray *list_device_names(Ctl *ctl)
{
    g_autoptr(GVariant) devices = ipmp_client_list_devices_sync(ctl->client, NULL, NULL);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);

    if (devices == NULL)
        return NULL;
    for (gsize i = 0; i < g_variant_n_children(devices); i++) {
        g_autoptr(GVariant) device = g_variant_get_child_value(devices, i);
        g_ptr_array_add(names, g_strdup(ctl_lookup_string(device, "name")));
    }
    g_ptr_array_add(names, NULL);
    return g_steal_pointer(&names);
}

/* A name without a device is accepted, for a card that is plugged in later; and may be a slip. */
static void note_missing(Ctl *ctl, const char *const *interfaces)
{
    g_autoptr(GPtrArray) devices = ctl->options.quiet ? NULL : list_device_names(ctl);

    for (guint i = 0; devices != NULL && interfaces[i] != NULL; i++) {
        const char *const *names = (const char *const *)devices->pdata;
        if (g_strv_contains(names, interfaces[i]))
            continue;
        const char *near = ctl_suggest(interfaces[i], names);
        g_autofree char *text =
            near != NULL
                ? g_strdup_printf(_("there is no device '%s' now, did you mean '%s'? It is missing "
                                    "until one appears."),
                                  interfaces[i], near)
                : g_strdup_printf(
                      _("there is no device '%s' now. It is missing until one appears."),
                      interfaces[i]);
        ctl_error_note(text);
    }
}

static GVariant *standby_settings(char **standbys)
{
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE("a{sa{sv}}"));
    for (guint i = 0; standbys[i] != NULL; i++)
        g_variant_builder_add_parsed(&builder, "{%s, {'standby': <true>}}", standbys[i]);
    return g_variant_builder_end(&builder);
}

gboolean ctl_run_create(Ctl *ctl, char **args, GError **error)
{
    g_autoptr(GPtrArray) interfaces = g_ptr_array_new();
    g_autoptr(CtlSettings) settings = ctl_settings_new();
    GVariantDict *dict = settings->settings;

    if (!parse_members(ctl, args + 1, interfaces, settings, error))
        return FALSE;
    if (ctl->options.temporary)
        g_variant_dict_insert(dict, "temporary", "b", TRUE);
    insert_strings(dict, "addresses", ctl->options.addresses);
    if (ctl->options.standbys != NULL)
        g_variant_dict_insert_value(dict, "interface-settings",
                                    standby_settings(ctl->options.standbys));

    const char *const *names = (const char *const *)interfaces->pdata;
    g_autoptr(IpmpGroup) group = ipmp_client_create_group_sync(
        ctl->client, args[0], names, g_variant_dict_end(dict), NULL, error);
    if (group == NULL)
        return FALSE;
    note_missing(ctl, names);
    g_autofree char *list = ctl_format_list(names, _("no interface yet"));
    return done(ctl, _("Group %s is made, with %s."), args[0], list);
}

gboolean ctl_run_delete(Ctl *ctl, char **args, GError **error)
{
    IpmpGroup *group = ctl_find_group(ctl, args[0], error);

    return group != NULL && ipmp_group_delete_sync(group, common_options(ctl), NULL, error) &&
           done(ctl, _("Group %s is gone; its interfaces are as they were before."), args[0]);
}

gboolean ctl_run_save(Ctl *ctl, char **args, GError **error)
{
    IpmpGroup *group = ctl_find_group(ctl, args[0], error);

    return group != NULL && ipmp_group_save_sync(group, NULL, error) &&
           done(ctl, _("Group %s stays as it is now, for good."), args[0]);
}

gboolean ctl_run_add(Ctl *ctl, char **args, GError **error)
{
    IpmpGroup *group = ctl_find_group(ctl, args[0], error);
    g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT(NULL);

    if (group == NULL)
        return FALSE;
    if (ctl->options.temporary)
        g_variant_dict_insert(&dict, "temporary", "b", TRUE);
    if (ctl->options.standby)
        g_variant_dict_insert(&dict, "standby", "b", TRUE);
    insert_strings(&dict, "test-addresses", ctl->options.test_addresses);
    insert_strings(&dict, "addresses", ctl->options.addresses);
    g_autoptr(IpmpInterface) member =
        ipmp_group_add_interface_sync(group, args[1], g_variant_dict_end(&dict), NULL, error);
    if (member == NULL)
        return FALSE;
    note_missing(ctl, (const char *const[]){args[1], NULL});
    return done(ctl,
                ctl->options.standby ? _("%s is a member of %s, as a standby.")
                                     : _("%s is a member of %s."),
                args[1], args[0]);
}

gboolean ctl_run_remove(Ctl *ctl, char **args, GError **error)
{
    IpmpGroup *group = ctl_find_group(ctl, args[0], error);

    return group != NULL && ctl_find_interface(ctl, args[1], error) != NULL &&
           ipmp_group_remove_interface_sync(group, args[1], common_options(ctl), NULL, error) &&
           done(ctl, _("%s has left %s."), args[1], args[0]);
}

gboolean ctl_run_add_address(Ctl *ctl, char **args, GError **error)
{
    IpmpGroup *group = ctl_find_group(ctl, args[0], error);
    g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT(NULL);

    if (group == NULL)
        return FALSE;
    if (ctl->options.temporary)
        g_variant_dict_insert(&dict, "temporary", "b", TRUE);
    if (ctl->options.interface != NULL &&
        ctl_find_interface(ctl, ctl->options.interface, error) == NULL)
        return FALSE;
    if (ctl->options.interface != NULL)
        g_variant_dict_insert(&dict, "interface", "s", ctl->options.interface);
    if (ctl->options.deprecated)
        g_variant_dict_insert(&dict, "deprecated", "b", TRUE);
    return ipmp_group_add_address_sync(group, args[1], g_variant_dict_end(&dict), NULL, error) &&
           done(ctl, _("%s is a data address of %s."), args[1], args[0]);
}

gboolean ctl_run_remove_address(Ctl *ctl, char **args, GError **error)
{
    IpmpGroup *group = ctl_find_group(ctl, args[0], error);

    if (group == NULL)
        return FALSE;
    if (!ipmp_group_remove_address_sync(group, args[1], common_options(ctl), NULL, error)) {
        ctl_suggest_address(ctl, args[1], *error);
        return FALSE;
    }
    return done(ctl, _("%s is gone."), args[1]);
}

/* The options of a change of settings: what is to be inherited again, and the common ones. */
static GVariant *reset_options(const Ctl *ctl, const CtlSettings *settings)
{
    g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT(NULL);
    g_auto(GStrv) reset = g_strv_builder_end(settings->reset);

    if (ctl->options.temporary)
        g_variant_dict_insert(&dict, "temporary", "b", TRUE);
    if (reset[0] != NULL)
        insert_strings(&dict, "reset", reset);
    return g_variant_dict_end(&dict);
}

static CtlSettings *parse_settings(char **words, CtlSettingScope scope, GError **error)
{
    g_autoptr(CtlSettings) settings = ctl_settings_new();

    for (guint i = 0; words[i] != NULL; i++)
        if (!ctl_settings_parse(settings, scope, words[i], error))
            return NULL;
    return g_steal_pointer(&settings);
}

gboolean ctl_run_set(Ctl *ctl, char **args, GError **error)
{
    IpmpGroup *group = ctl_find_group(ctl, args[0], error);

    if (group == NULL)
        return FALSE;
    g_autoptr(CtlSettings) settings = parse_settings(args + 1, CTL_SETTING_GROUP, error);
    return settings != NULL &&
           ipmp_group_configure_sync(group, g_variant_dict_end(settings->settings),
                                     reset_options(ctl, settings), NULL, error) &&
           done(ctl, _("Group %s is set."), args[0]);
}

static void show_defaults(const Ctl *ctl)
{
    IpmpClient *client = ctl->client;
    guint fdt = ipmp_client_get_default_failure_detection_msec(client);
    guint poll = ipmp_client_get_link_poll_msec(client);
    gboolean failback = ipmp_client_get_default_failback(client);
    gboolean track = ipmp_client_get_track_ungrouped(client);

    if (ctl->options.json) {
        ctl_json_print(ctl,
                       g_variant_new_parsed("{'failure-detection-msec': <%u>, 'failback': <%b>,"
                                            " 'track-ungrouped': <%b>, 'link-poll-msec': <%u>}",
                                            fdt, failback, track, poll));
        return;
    }
    g_autoptr(CtlTable) table = ctl_table_new(0, 2);
    g_autofree char *fdt_text = ctl_format_msec(fdt);
    g_autofree char *poll_text = ctl_format_msec(poll);
    ctl_table_add(table, CTL_STYLE_PLAIN, "fdt");
    ctl_table_add(table, CTL_STYLE_PLAIN, fdt_text);
    ctl_table_add(table, CTL_STYLE_PLAIN, "failback");
    ctl_table_add(table, CTL_STYLE_PLAIN, failback ? "yes" : "no");
    ctl_table_add(table, CTL_STYLE_PLAIN, "track-ungrouped");
    ctl_table_add(table, CTL_STYLE_PLAIN, track ? "yes" : "no");
    ctl_table_add(table, CTL_STYLE_PLAIN, "link-poll");
    ctl_table_add(table, CTL_STYLE_PLAIN, poll > 0 ? poll_text : _("never"));
    ctl_table_print(table, &ctl->out);
}

gboolean ctl_run_defaults(Ctl *ctl, char **args, GError **error)
{
    if (args[0] == NULL) {
        show_defaults(ctl);
        return TRUE;
    }
    g_autoptr(CtlSettings) settings = parse_settings(args, CTL_SETTING_DEFAULTS, error);
    return settings != NULL &&
           ipmp_client_set_defaults_sync(ctl->client, g_variant_dict_end(settings->settings),
                                         reset_options(ctl, settings), NULL, error) &&
           done(ctl, _("The defaults are set."));
}

gboolean ctl_run_standby(Ctl *ctl, char **args, GError **error)
{
    gboolean on = strcmp(args[1], "on") == 0;

    if (!on && strcmp(args[1], "off") != 0) {
        g_set_error(error, CTL_ERROR, CTL_ERROR_USAGE, _("standby: '%s' is neither on nor off"),
                    args[1]);
        return FALSE;
    }
    IpmpInterface *interface = ctl_find_interface(ctl, args[0], error);
    return interface != NULL &&
           ipmp_interface_set_standby_sync(interface, on, common_options(ctl), NULL, error) &&
           done(ctl, on ? _("%s is a standby.") : _("%s is an ordinary member."), args[0]);
}

gboolean ctl_run_test_addresses(Ctl *ctl, char **args, GError **error)
{
    IpmpInterface *interface = ctl_find_interface(ctl, args[0], error);
    const char *const *addresses = (const char *const *)args + 1;

    if (interface == NULL || !ipmp_interface_set_test_addresses_sync(
                                 interface, addresses, common_options(ctl), NULL, error))
        return FALSE;
    g_autofree char *list = ctl_format_list(addresses, _("no test address"));
    return done(ctl, _("%s has %s."), args[0], list);
}

gboolean ctl_run_offline(Ctl *ctl, char **args, GError **error)
{
    g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT(NULL);

    if (ctl->options.min_redundancy < -1) {
        g_set_error(error, CTL_ERROR, CTL_ERROR_USAGE, _("--min-redundancy: %d is less than 0"),
                    ctl->options.min_redundancy);
        return FALSE;
    }
    IpmpInterface *interface = ctl_find_interface(ctl, args[0], error);
    if (interface == NULL)
        return FALSE;
    if (ctl->options.min_redundancy >= 0)
        g_variant_dict_insert(&dict, "min-redundancy", "u", (guint)ctl->options.min_redundancy);
    return ipmp_interface_offline_sync(interface, g_variant_dict_end(&dict), NULL, error) &&
           done(ctl, _("%s is offline; 'ipmpctl online %s' takes it into service again."), args[0],
                args[0]);
}

gboolean ctl_run_online(Ctl *ctl, char **args, GError **error)
{
    IpmpInterface *interface = ctl_find_interface(ctl, args[0], error);

    return interface != NULL && ipmp_interface_online_sync(interface, NULL, NULL, error) &&
           done(ctl, _("%s is in service again."), args[0]);
}

gboolean ctl_run_reload(Ctl *ctl, char **args, GError **error)
{
    return ipmp_client_reload_sync(ctl->client, NULL, error) &&
           done(ctl, _("The configuration is in force."));
}
