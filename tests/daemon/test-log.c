/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "log.h"

#include <string.h>

/* The injected writer keeps the last entry. */
typedef struct {
    GLogLevelFlags level;
    GHashTable *fields; /* char* -> char* */
    guint n_entries;
} Entry;

static GLogWriterOutput on_write(GLogLevelFlags level, const GLogField *fields, gsize n_fields,
                                 gpointer user_data)
{
    Entry *entry = user_data;

    entry->level = level;
    entry->n_entries++;
    g_hash_table_remove_all(entry->fields);
    for (gsize i = 0; i < n_fields; i++)
        g_assert_true(
            g_hash_table_insert(entry->fields, g_strdup(fields[i].key), g_strdup(fields[i].value)));
    return G_LOG_WRITER_HANDLED;
}

static const char *field(const Entry *entry, const char *key)
{
    return g_hash_table_lookup(entry->fields, key);
}

static void test_plain(gconstpointer data)
{
    const Entry *entry = data;
    guint before = entry->n_entries;

    ipmpd_log_warning(IPMPD_TOPIC_CONFIG, "%s:%d", "front.conf", 3);
    g_assert_cmpuint(entry->n_entries, ==, before + 1);
    g_assert_cmpstr(field(entry, "MESSAGE"), ==, "front.conf:3");
    g_assert_cmpstr(field(entry, "PRIORITY"), ==, "4");
    g_assert_cmpstr(field(entry, "IPMP_TOPIC"), ==, "config");
    g_assert_cmpstr(field(entry, "SYSLOG_IDENTIFIER"), ==, "ipmpd");
    g_assert_null(field(entry, "MESSAGE_ID"));
    ipmpd_log_debug(IPMPD_TOPIC_BUS, "x");
    g_assert_cmpstr(field(entry, "PRIORITY"), ==, "7");
    ipmpd_log_info(IPMPD_TOPIC_BUS, "x");
    g_assert_cmpstr(field(entry, "PRIORITY"), ==, "6");
    ipmpd_log_notice(IPMPD_TOPIC_BUS, "x");
    g_assert_cmpstr(field(entry, "PRIORITY"), ==, "5");
    ipmpd_log_error(IPMPD_TOPIC_BUS, "x");
    g_assert_cmpstr(field(entry, "PRIORITY"), ==, "3");
}

static MpNotice moved_notice(void)
{
    MpNotice notice = {.sequence = 12,
                       .kind = MP_NOTICE_ADDRESS_MOVED,
                       .reason = MP_REASON_FAILOVER,
                       .group = "front",
                       .from = "eth0",
                       .to = "eth1"};

    g_assert_true(mp_address_parse("192.0.2.10/24", MP_PREFIX_REQUIRED, &notice.address, NULL));
    return notice;
}

static void test_event(gconstpointer data)
{
    const Entry *entry = data;
    MpNotice notice = moved_notice();

    ipmpd_log_event(&notice);
    g_assert_cmpstr(field(entry, "MESSAGE"), ==,
                    "front: 192.0.2.10/24 moved from eth0 to eth1 (failover)");
    g_assert_cmpstr(field(entry, "MESSAGE_ID"), ==, "184221b8f783484283aef8557fcf5a9a");
    g_assert_cmpstr(field(entry, "IPMP_EVENT"), ==,
                    mp_notice_kind_to_string(MP_NOTICE_ADDRESS_MOVED));
    g_assert_cmpstr(field(entry, "IPMP_GROUP"), ==, "front");
    g_assert_cmpstr(field(entry, "IPMP_ADDRESS"), ==, "192.0.2.10/24");
    g_assert_cmpstr(field(entry, "IPMP_FROM"), ==, "eth0");
    g_assert_cmpstr(field(entry, "IPMP_TO"), ==, "eth1");
    g_assert_cmpstr(field(entry, "IPMP_REASON"), ==, "failover");
    g_assert_cmpstr(field(entry, "IPMP_SEQUENCE"), ==, "12");
    g_assert_cmpstr(field(entry, "IPMP_TOPIC"), ==, "engine");
    g_assert_cmpstr(field(entry, "PRIORITY"), ==, "5");
    g_assert_false(g_hash_table_contains(entry->fields, "IPMP_INTERFACE"));
    g_assert_false(g_hash_table_contains(entry->fields, "IPMP_DETAIL"));
}

static void test_event_levels(gconstpointer data)
{
    const Entry *entry = data;
    MpNotice notice = {.kind = MP_NOTICE_INTERFACE_STATE,
                       .reason = MP_REASON_LINK_DOWN,
                       .group = "front",
                       .interface = "eth0",
                       .from = "ok",
                       .to = "failed"};

    ipmpd_log_event(&notice);
    g_assert_cmpstr(field(entry, "PRIORITY"), ==, "4");
    g_assert_cmpstr(field(entry, "IPMP_INTERFACE"), ==, "eth0");
    g_assert_cmpstr(field(entry, "MESSAGE"), ==, "front: eth0 is failed, was ok (link-down)");
    g_assert_false(g_hash_table_contains(entry->fields, "IPMP_ADDRESS"));
    notice.kind = MP_NOTICE_GROUP_STATE;
    notice.interface[0] = '\0';
    ipmpd_log_event(&notice);
    g_assert_cmpstr(field(entry, "PRIORITY"), ==, "3");
    g_assert_cmpstr(field(entry, "MESSAGE"), ==, "front: group is failed, was ok (link-down)");
    g_strlcpy(notice.to, "ok", sizeof notice.to);
    ipmpd_log_event(&notice);
    g_assert_cmpstr(field(entry, "PRIORITY"), ==, "5");
}

static const struct {
    MpNotice notice;
    const char *text;
} event_texts[] = {
    {{.kind = MP_NOTICE_INTERFACE_STATE,
      .reason = MP_REASON_LINK_DOWN,
      .group = "front",
      .interface = "eth0",
      .from = "ok",
      .to = "failed"},
     "front: eth0 is failed, was ok (link-down)"},
    {{.kind = MP_NOTICE_GROUP_STATE, .group = "front", .to = "ok"}, "front: group is ok"},
    {{.kind = MP_NOTICE_ADDRESS_MOVED,
      .reason = MP_REASON_FAILOVER,
      .address = {.family = MP_IPV4, .prefix = 24, .bytes = {192, 0, 2, 10}},
      .from = "eth0"},
     "192.0.2.10/24 moved from eth0 to nowhere (failover)"},
    {{.kind = MP_NOTICE_ADDRESS_STATE,
      .reason = MP_REASON_WITHDRAWN,
      .address = {.family = MP_IPV4, .prefix = 24, .bytes = {192, 0, 2, 10}},
      .group = "front",
      .interface = "eth0"},
     "front: 192.0.2.10/24 of eth0: withdrawn"},
    {{.kind = MP_NOTICE_ROLE, .reason = MP_REASON_ACTIVATED, .group = "front", .interface = "eth1"},
     "front: eth1: activated"},
    {{.kind = MP_NOTICE_CONFIGURATION,
      .reason = MP_REASON_JOINED,
      .group = "front",
      .interface = "eth2",
      .detail = "member added"},
     "front: eth2: member added (joined)"},
    {{.kind = MP_NOTICE_CONFIGURATION, .reason = MP_REASON_CONFIG},
     "configuration changed (config)"},
    {{.kind = MP_NOTICE_KERNEL, .reason = MP_REASON_RESYNC, .detail = "messages were lost"},
     "kernel: messages were lost (resync)"},
};

static void test_texts(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(event_texts); i++) {
        g_autofree char *text = ipmpd_log_event_text(&event_texts[i].notice);

        g_assert_cmpstr(text, ==, event_texts[i].text);
    }
}

/* Each kind has an id of its own, of the right form, and says its detail. */
static void test_kinds(void)
{
    g_autoptr(GHashTable) ids = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint kind = 0; kind < MP_N_NOTICE_KINDS; kind++) {
        MpNotice notice = {.kind = kind, .detail = "the detail"};
        g_autofree char *text = ipmpd_log_event_text(&notice);
        const char *id = ipmpd_log_message_id(kind);

        g_assert_true(g_hash_table_add(ids, (gpointer)id));
        g_assert_cmpuint(strspn(id, "0123456789abcdef"), ==, 32);
        g_assert_cmpuint(strlen(id), ==, 32);
        g_assert_nonnull(strstr(text, "the detail"));
    }
}

static void test_topics(void)
{
    g_autoptr(GHashTable) words = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint topic = 0; topic < IPMPD_N_TOPICS; topic++)
        g_assert_true(g_hash_table_add(words, (gpointer)ipmpd_topic_to_string(topic)));
}

static char *text_written(GLogLevelFlags level, const GLogField *fields, gsize n_fields)
{
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);

    g_assert_cmpint(ipmpd_log_write_text(level, fields, n_fields, stream), ==,
                    G_LOG_WRITER_HANDLED);
    fclose(stream);
    return text;
}

/* One entry is one line, whatever is in it. */
static void test_text(void)
{
    GLogField fields[] = {{"MESSAGE", "a\nb\x1b[1m \xff.", -1}, {"IPMP_TOPIC", "bus", -1}};
    g_autofree char *warning = text_written(G_LOG_LEVEL_WARNING, fields, 2);
    g_autofree char *notice = text_written(G_LOG_LEVEL_MESSAGE, fields, 2);

    g_assert_cmpstr(warning, ==, "bus: warning: a b [1m \xef\xbf\xbd.\n");
    g_assert_cmpstr(notice, ==, "bus: a b [1m \xef\xbf\xbd.\n");
}

int main(int argc, char **argv)
{
    Entry entry = {.fields = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free)};
    int status;

    g_test_init(&argc, &argv, NULL);
    g_log_set_writer_func(on_write, &entry, NULL);
    g_test_add_data_func("/log/plain", &entry, test_plain);
    g_test_add_data_func("/log/event", &entry, test_event);
    g_test_add_data_func("/log/event-levels", &entry, test_event_levels);
    g_test_add_func("/log/kinds", test_kinds);
    g_test_add_func("/log/texts", test_texts);
    g_test_add_func("/log/topics", test_topics);
    g_test_add_func("/log/text", test_text);
    status = g_test_run();
    g_hash_table_unref(entry.fields);
    return status;
}
