/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "manager.h"

#include <string.h>

void mp_settings_each(const char *text, MpSettingFunc func, gpointer user_data)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autofree char *section = g_strdup("");

    for (guint i = 0; lines[i] != NULL; i++) {
        char *line = g_strstrip(lines[i]), *equals = strchr(line, '=');
        gsize length = strlen(line);

        if (line[0] == '#' || line[0] == ';')
            continue;
        if (line[0] == '[' && line[length - 1] == ']') {
            g_free(section);
            section = g_strndup(line + 1, length - 2);
            func(section, NULL, NULL, user_data);
        } else if (equals != NULL) {
            *equals = '\0';
            func(section, g_strchomp(line), g_strchug(equals + 1), user_data);
        }
    }
}

static gboolean is_yes(const char *value)
{
    return g_ascii_strcasecmp(value, "yes") == 0 || g_ascii_strcasecmp(value, "true") == 0 ||
           g_ascii_strcasecmp(value, "on") == 0 || strcmp(value, "1") == 0;
}

static gboolean is_no(const char *value)
{
    return g_ascii_strcasecmp(value, "no") == 0 || g_ascii_strcasecmp(value, "false") == 0 ||
           g_ascii_strcasecmp(value, "off") == 0 || strcmp(value, "0") == 0;
}

/* NetworkManager ----------------------------------------------------------------------------------
 */

typedef struct {
    const char *interface, *hwaddr;
    char *match, *ignore; /* of the section that is being read, or NULL */
    gboolean ignores;     /* by the latest section about it */
} Carrier;

/* One word: "interface-name:eth*", "mac:02:...", "*", "eth0" or a hardware address. */
static gboolean word_matches(const char *word, const Carrier *carrier)
{
    const char *name = word;

    if (strcmp(word, "*") == 0)
        return TRUE;
    if (g_str_has_prefix(word, "mac:"))
        return g_ascii_strcasecmp(word + strlen("mac:"), carrier->hwaddr) == 0;
    if (g_str_has_prefix(word, "interface-name:=")) /* taken as it is */
        return strcmp(word + strlen("interface-name:="), carrier->interface) == 0;
    if (g_str_has_prefix(word, "interface-name:"))
        return g_pattern_match_simple(word + strlen("interface-name:"), carrier->interface);
    return strcmp(name, carrier->interface) == 0 || g_ascii_strcasecmp(name, carrier->hwaddr) == 0;
}

/* What is excepted is not matched, whatever else is said. */
static gboolean words_match(const char *words, const Carrier *carrier)
{
    g_auto(GStrv) list = g_strsplit_set(words, ",; \t", -1);
    gboolean matches = FALSE;

    for (guint i = 0; list[i] != NULL; i++) {
        gboolean except = g_str_has_prefix(list[i], "except:");
        const char *word = except ? list[i] + strlen("except:") : list[i];

        if (word[0] == '\0' || !word_matches(word, carrier))
            continue;
        if (except)
            return FALSE;
        matches = TRUE;
    }
    return matches;
}

static void end_section(Carrier *carrier)
{
    if (carrier->ignore != NULL && (carrier->match == NULL || words_match(carrier->match, carrier)))
        carrier->ignores = is_yes(carrier->ignore);
    g_clear_pointer(&carrier->match, g_free);
    g_clear_pointer(&carrier->ignore, g_free);
}

static void on_carrier_setting(const char *section, const char *key, const char *value,
                               gpointer user_data)
{
    Carrier *carrier = user_data;

    if (key == NULL) {
        end_section(carrier);
    } else if (g_str_has_prefix(section, "device")) {
        if (strcmp(key, "match-device") == 0) {
            g_free(carrier->match);
            carrier->match = g_strdup(value);
        } else if (strcmp(key, "ignore-carrier") == 0) {
            g_free(carrier->ignore);
            carrier->ignore = g_strdup(value);
        }
    } else if (strcmp(section, "main") == 0 && strcmp(key, "ignore-carrier") == 0) {
        carrier->ignores = words_match(value, carrier);
    }
}

gboolean mp_manager_ignores_carrier(const GPtrArray *texts, const char *interface,
                                    const char *hwaddr)
{
    Carrier carrier = {.interface = interface, .hwaddr = hwaddr};

    for (guint i = 0; i < texts->len; i++) {
        mp_settings_each(texts->pdata[i], on_carrier_setting, &carrier);
        end_section(&carrier);
    }
    return carrier.ignores;
}

/* networkd ----------------------------------------------------------------------------------------
 */

typedef struct {
    gboolean without_carrier, ignores_loss, loss_said, keeps;
} Keeping;

static void on_network_setting(const char *section, const char *key, const char *value,
                               gpointer user_data)
{
    Keeping *keeping = user_data;

    if (key == NULL || strcmp(section, "Network") != 0)
        return;
    if (strcmp(key, "ConfigureWithoutCarrier") == 0)
        keeping->without_carrier = is_yes(value);
    if (strcmp(key, "KeepConfiguration") == 0)
        keeping->keeps = is_yes(value) || strcmp(value, "static") == 0;
    if (strcmp(key, "IgnoreCarrierLoss") != 0)
        return;
    keeping->ignores_loss = value[0] != '\0' && !is_no(value);
    keeping->loss_said = value[0] != '\0';
}

gboolean mp_manager_keeps_configuration(const GPtrArray *texts)
{
    Keeping keeping = {0};

    for (guint i = 0; i < texts->len; i++)
        mp_settings_each(texts->pdata[i], on_network_setting, &keeping);
    /* Without a word of its own it is as ConfigureWithoutCarrier= (systemd.network(5)). */
    return keeping.keeps && (keeping.loss_said ? keeping.ignores_loss : keeping.without_carrier);
}
