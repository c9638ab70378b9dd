/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "types.h"

#include "error.h"
#include "event.h"
#include "op.h"
#include "unit.h"

#include <string.h>

/* Enums are passed as guint: the same in the ABI, and checked by the size below. */
G_STATIC_ASSERT(sizeof(MpReason) == sizeof(guint));

typedef struct {
    const char *name;
    guint n;
    const char *(*to_string)(guint value);
    gboolean (*from_string)(const char *word, guint *out); /* NULL = one way only */
    const char *first, *last;
} Table;

#define ONE_WAY(type, function)                                                                    \
    static const char *function##_of(guint value)                                                  \
    {                                                                                              \
        return mp_##function##_to_string((type)value);                                             \
    }
#define BOTH_WAYS(type, function)                                                                  \
    ONE_WAY(type, function)                                                                        \
    static gboolean function##_from(const char *word, guint *out)                                  \
    {                                                                                              \
        type value = (type)*out;                                                                   \
        gboolean found = mp_##function##_from_string(word, &value);                                \
        *out = (guint)value;                                                                       \
        return found;                                                                              \
    }

BOTH_WAYS(MpInterfaceState, interface_state)
ONE_WAY(MpLinkState, link_state)
ONE_WAY(MpProbeState, probe_state)
ONE_WAY(MpGroupState, group_state)
ONE_WAY(MpAddressState, address_state)
BOTH_WAYS(MpAddressSource, address_source)
BOTH_WAYS(MpProbeMethod, probe_method)
BOTH_WAYS(MpReason, reason)
ONE_WAY(MpNoticeKind, notice_kind)
BOTH_WAYS(MpSysctl, sysctl)
ONE_WAY(MpOpKind, op_kind)
ONE_WAY(MpEventKind, event_kind)

static const char *error_of(guint value)
{
    return mp_error_to_name((MpError)value);
}

static gboolean error_from(const char *name, guint *out)
{
    MpError code = (MpError)*out;
    gboolean found = mp_error_from_name(name, &code);

    *out = (guint)code;
    return found;
}

static const Table tables[] = {
    {"interface-state", MP_N_INTERFACE_STATES, interface_state_of, interface_state_from, "ok",
     "missing"},
    {"link-state", MP_N_LINK_STATES, link_state_of, NULL, "up", "unknown"},
    {"probe-state", MP_N_PROBE_STATES, probe_state_of, NULL, "ok", "disabled"},
    {"group-state", MP_N_GROUP_STATES, group_state_of, NULL, "ok", "failed"},
    {"address-state", MP_N_ADDRESS_STATES, address_state_of, NULL, "up", "withdrawn"},
    {"address-source", MP_N_ADDRESS_SOURCES, address_source_of, address_source_from, "config",
     "adopted"},
    {"probe-method", MP_N_PROBE_METHODS, probe_method_of, probe_method_from, "auto", "none"},
    {"reason", MP_N_REASONS, reason_of, reason_from, "none", "resync"},
    {"notice-kind", MP_N_NOTICE_KINDS, notice_kind_of, NULL, "interface-state", "probing"},
    {"sysctl", MP_N_SYSCTLS, sysctl_of, sysctl_from, "arp_ignore", "rp_filter_all"},
    {"op-kind", MP_N_OP_KINDS, op_kind_of, NULL, "sysctl-set", "neighbour-del"},
    {"event-kind", MP_N_EVENT_KINDS, event_kind_of, NULL, "link", "neighbours-end"},
    {"error", MP_N_ERRORS, error_of, error_from, "Failed", "Kernel"},
};

/* Every word is there, no word is there twice, and each leads back to where it came from. */
static void test_table(gconstpointer data)
{
    const Table *table = data;
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < table->n; i++) {
        const char *word = table->to_string(i);
        guint back = table->n;

        g_assert_nonnull(word);
        g_assert_cmpstr(word, !=, "");
        g_assert_true(g_hash_table_add(seen, (gpointer)word));
        if (table->from_string != NULL) {
            g_assert_true(table->from_string(word, &back));
            g_assert_cmpuint(back, ==, i);
        }
    }
    g_assert_cmpstr(table->to_string(0), ==, table->first);
    g_assert_cmpstr(table->to_string(table->n - 1), ==, table->last);
}

static void test_strangers(gconstpointer data)
{
    static const char *const strangers[] = {"", "OK", "ok ", " ok", "nonsense", "linkdown"};
    const Table *table = data;

    for (gsize i = 0; table->from_string != NULL && i < G_N_ELEMENTS(strangers); i++) {
        guint out = 1;

        g_assert_false(table->from_string(strangers[i], &out));
        g_assert_cmpuint(out, ==, 1);
    }
}

/* The words of behaviour, section 9: the list is closed and told to others. */
static void test_reason_words(void)
{
    static const char words[] =
        "none link-down admin-down removed moved-netns renamed enslaved probe-failure "
        "group-failure offline duplicate-hwaddr flapping repair-delay link-up probe-repair online "
        "appeared joined left activated deactivated standby-set standby-cleared failover failback "
        "rebalance refused withdrawn adopted added removed-by-request restored fdt-raised "
        "fdt-lowered targets-changed probing-off probing-on config resync";
    g_auto(GStrv) list = g_strsplit(words, " ", -1);

    g_assert_cmpuint(g_strv_length(list), ==, MP_N_REASONS);
    for (guint i = 0; i < MP_N_REASONS; i++)
        g_assert_cmpstr(mp_reason_to_string((MpReason)i), ==, list[i]);
}

static void test_error_names(void)
{
    static const char names[] =
        "Failed InvalidArgument NoSuchGroup NoSuchInterface NoSuchAddress Exists InterfaceInUse "
        "NotSuitable DuplicateHardwareAddress MediaMismatch TestAddressConflict Standby "
        "MinimumRedundancy NotSupported Busy LimitReached InvalidConfig ConfigChanged Kernel";
    g_auto(GStrv) list = g_strsplit(names, " ", -1);

    g_assert_cmpuint(g_strv_length(list), ==, MP_N_ERRORS);
    for (guint i = 0; i < MP_N_ERRORS; i++)
        g_assert_cmpstr(mp_error_to_name((MpError)i), ==, list[i]);
    g_assert_cmpstr(g_quark_to_string(MP_ERROR), ==, "mp-error-quark");
}

static void test_excerpt(void)
{
    static const struct {
        const char *text, *excerpt;
    } cases[] = {
        {"", ""},
        {"eth0", "eth0"},
        {"tab\there", "tab?here"},
        {"\x1b[31mred", "?[31mred"},
        {"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"},
        {"bad\xff", "bad\xef\xbf\xbd"},
    };
    g_autofree char *exact = g_strnfill(80, 'a'), *more = g_strnfill(81, 'a');
    g_autofree char *kept = mp_error_excerpt(exact), *cut = mp_error_excerpt(more);
    GString *wide = g_string_new(NULL);
    g_autofree char *narrow = NULL;

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *excerpt = mp_error_excerpt(cases[i].text);

        g_assert_cmpstr(excerpt, ==, cases[i].excerpt);
    }
    g_assert_cmpstr(kept, ==, exact);
    g_assert_cmpuint(strlen(cut), ==, 83);
    g_assert_true(g_str_has_suffix(cut, "a..."));

    for (guint i = 0; i < 200; i++)
        g_string_append(wide, "\xf0\x9f\x98\x80");
    narrow = mp_error_excerpt(wide->str);
    g_assert_true(g_utf8_validate(narrow, -1, NULL));
    g_assert_cmpint(g_utf8_strlen(narrow, -1), ==, 83);
    g_string_free(wide, TRUE);
}

static void test_group_names(void)
{
    static const char *const good[] = {"a", "9", "front", "A.b-c_d",
                                       "0123456789012345678901234567890"};
    static const char *const bad[] = {"",    "_a",          ".a",
                                      "-a",  "a b",         "a/b",
                                      "a\n", "gr\xc3\xbcn", "01234567890123456789012345678901",
                                      "a:b", "a\\",         "[a]"};

    g_assert_cmpuint(strlen(good[4]), ==, MP_GROUP_NAME_MAX);
    for (gsize i = 0; i < G_N_ELEMENTS(good); i++)
        g_assert_true(mp_group_name_is_valid(good[i]));
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_false(mp_group_name_is_valid(bad[i]));
}

/* Byte by byte, after and at the start of a name: what net/core/dev.c calls valid. */
static void test_interface_name_bytes(void)
{
    for (guint byte = 1; byte < 256; byte++) {
        gboolean taken = !(byte == ' ' || (byte >= 9 && byte <= 13) || byte == 0xa0 ||
                           byte == '/' || byte == ':');
        char later[] = {'e', (char)byte, '\0'}, first[] = {(char)byte, 'e', '\0'};

        g_assert_cmpint(mp_interface_name_is_valid(later), ==, taken);
        g_assert_cmpint(mp_interface_name_is_valid(first), ==, taken);
    }
}

static void test_interface_names(void)
{
    static const char *const good[] = {"e",   "eth0",      "eth0.5", "123456789012345",
                                       "...", "wl\xc3\xbc"};
    static const char *const bad[] = {"", ".", "..", "all", "default", "1234567890123456", "a b"};

    for (gsize i = 0; i < G_N_ELEMENTS(good); i++)
        g_assert_true(mp_interface_name_is_valid(good[i]));
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_false(mp_interface_name_is_valid(bad[i]));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(tables); i++) {
        g_autofree char *words = g_strconcat("/types/words/", tables[i].name, NULL);
        g_autofree char *strangers = g_strconcat("/types/strangers/", tables[i].name, NULL);

        g_test_add_data_func(words, &tables[i], test_table);
        g_test_add_data_func(strangers, &tables[i], test_strangers);
    }
    g_test_add_func("/types/reason-words", test_reason_words);
    g_test_add_func("/types/error-names", test_error_names);
    g_test_add_func("/types/excerpt", test_excerpt);
    g_test_add_func("/types/group-names", test_group_names);
    g_test_add_func("/types/interface-name-bytes", test_interface_name_bytes);
    g_test_add_func("/types/interface-names", test_interface_names);
    return g_test_run();
}
