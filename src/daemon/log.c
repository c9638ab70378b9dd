/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "log.h"

#include <string.h>
#include <sys/uio.h>
#include <syslog.h>
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>
#include <unistd.h>

#define LOG_FIELDS_MAX 24u

static const char *const topic_words[] = {
    [IPMPD_TOPIC_DAEMON] = "daemon", [IPMPD_TOPIC_ENGINE] = "engine",
    [IPMPD_TOPIC_BUS] = "bus",       [IPMPD_TOPIC_CONFIG] = "config",
    [IPMPD_TOPIC_RECORD] = "record", [IPMPD_TOPIC_AUTHORITY] = "authority",
};
G_STATIC_ASSERT(G_N_ELEMENTS(topic_words) == IPMPD_N_TOPICS);

/* Stable for ever: administrators and programs filter by them. */
static const char *const message_ids[] = {
    [MP_NOTICE_INTERFACE_STATE] = "91a54606f4bf45839e0c10f3d75f2d61",
    [MP_NOTICE_GROUP_STATE] = "6cba026f2c36408ea61e370a572d009f",
    [MP_NOTICE_ADDRESS_MOVED] = "184221b8f783484283aef8557fcf5a9a",
    [MP_NOTICE_ADDRESS_STATE] = "4587b54ac1f54b9b821600385a7a1149",
    [MP_NOTICE_ROLE] = "f79af72724894a55820a3da581fb47e5",
    [MP_NOTICE_CONFIGURATION] = "6e0e6f73c4aa448cacfa067d9279d1d5",
    [MP_NOTICE_KERNEL] = "f5c53da8fab84314abb9f9017ea94266",
    [MP_NOTICE_PROBING] = "0e3bd27d7f7c4b0d9a2f0bb1f64c8a35",
};
G_STATIC_ASSERT(G_N_ELEMENTS(message_ids) == MP_N_NOTICE_KINDS);

const char *ipmpd_topic_to_string(IpmpdTopic topic)
{
    g_return_val_if_fail((guint)topic < IPMPD_N_TOPICS, "");
    return topic_words[topic];
}

const char *ipmpd_log_message_id(MpNoticeKind kind)
{
    g_return_val_if_fail((guint)kind < MP_N_NOTICE_KINDS, "");
    return message_ids[kind];
}

/* Writers */

static const char *fields_find(const GLogField *fields, gsize n_fields, const char *key)
{
    for (gsize i = 0; i < n_fields; i++) {
        if (strcmp(fields[i].key, key) == 0 && fields[i].length < 0)
            return fields[i].value;
    }
    return NULL;
}

GLogWriterOutput ipmpd_log_write_journal(GLogLevelFlags level, const GLogField *fields,
                                         gsize n_fields, gpointer user_data)
{
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    struct iovec vectors[LOG_FIELDS_MAX];
    guint n = 0;

    for (gsize i = 0; i < n_fields && n < LOG_FIELDS_MAX; i++) {
        gsize key_length = strlen(fields[i].key);
        gsize length = fields[i].length < 0 ? strlen(fields[i].value) : (gsize)fields[i].length;
        char *line = g_malloc(key_length + 1 + length);

        memcpy(line, fields[i].key, key_length);
        line[key_length] = '=';
        memcpy(line + key_length + 1, fields[i].value, length);
        g_ptr_array_add(lines, line);
        vectors[n++] = (struct iovec){line, key_length + 1 + length};
    }
    return sd_journal_sendv(vectors, (int)n) < 0 ? G_LOG_WRITER_UNHANDLED : G_LOG_WRITER_HANDLED;
}

static const char *level_word(GLogLevelFlags level)
{
    if (level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL))
        return "error: ";
    if (level & G_LOG_LEVEL_WARNING)
        return "warning: ";
    return level & G_LOG_LEVEL_DEBUG ? "debug: " : "";
}

/* One entry is one line, whatever bytes a name or a file brought in. */
static char *line_of_text(const char *text)
{
    char *line = g_utf8_make_valid(text, -1);

    for (char *at = line; *at != '\0'; at++) {
        if (g_ascii_iscntrl(*at))
            *at = ' ';
    }
    return line;
}

GLogWriterOutput ipmpd_log_write_text(GLogLevelFlags level, const GLogField *fields, gsize n_fields,
                                      gpointer user_data)
{
    const char *message = fields_find(fields, n_fields, "MESSAGE");
    const char *topic = fields_find(fields, n_fields, "IPMP_TOPIC");
    g_autofree char *line = NULL;

    if (topic == NULL)
        topic = fields_find(fields, n_fields, "GLIB_DOMAIN");
    line = line_of_text(message != NULL ? message : "(no message)");
    if (fprintf(user_data, "%s: %s%s\n", topic != NULL ? topic : "ipmpd", level_word(level), line) <
            0 ||
        fflush(user_data) != 0)
        return G_LOG_WRITER_UNHANDLED;
    return G_LOG_WRITER_HANDLED;
}

static GLogWriterOutput on_write_journal(GLogLevelFlags level, const GLogField *fields,
                                         gsize n_fields, gpointer user_data)
{
    if (level & G_LOG_LEVEL_DEBUG)
        return G_LOG_WRITER_HANDLED;
    return ipmpd_log_queue_write(level, fields, n_fields, user_data);
}

static GLogWriterOutput on_write_text(GLogLevelFlags level, const GLogField *fields, gsize n_fields,
                                      gpointer user_data)
{
    if ((level & G_LOG_LEVEL_DEBUG) && !GPOINTER_TO_INT(user_data))
        return G_LOG_WRITER_HANDLED;
    return ipmpd_log_write_text(level, fields, n_fields, stderr);
}

IpmpdLogQueue *ipmpd_log_init(gboolean debug)
{
    IpmpdLogQueue *queue = NULL;

    if (!g_log_writer_is_journald(STDERR_FILENO)) {
        g_log_set_writer_func(on_write_text, GINT_TO_POINTER(debug), NULL);
        return NULL;
    }
    queue = ipmpd_log_queue_new(ipmpd_log_write_journal, NULL);
    g_log_set_writer_func(debug ? ipmpd_log_queue_write : on_write_journal, queue, NULL);
    return queue;
}

/* Entries */

typedef struct {
    GLogLevelFlags level;
    const char *priority; /* syslog's number, for PRIORITY= */
} LogLevel;

static const LogLevel level_error = {G_LOG_LEVEL_CRITICAL, "3"};
static const LogLevel level_warning = {G_LOG_LEVEL_WARNING, "4"};
static const LogLevel level_notice = {G_LOG_LEVEL_MESSAGE, "5"};
static const LogLevel level_info = {G_LOG_LEVEL_INFO, "6"};
static const LogLevel level_debug = {G_LOG_LEVEL_DEBUG, "7"};
G_STATIC_ASSERT(LOG_ERR == 3 && LOG_WARNING == 4 && LOG_NOTICE == 5 && LOG_INFO == 6 &&
                LOG_DEBUG == 7);

typedef struct {
    GLogField fields[LOG_FIELDS_MAX];
    gsize n;
} LogEntry;

static void entry_add(LogEntry *entry, const char *key, const char *value)
{
    if (value == NULL || *value == '\0' || entry->n == LOG_FIELDS_MAX)
        return;
    entry->fields[entry->n++] = (GLogField){key, value, -1};
}

static void entry_start(LogEntry *entry, LogLevel level, IpmpdTopic topic, const char *message)
{
    entry->n = 0;
    entry_add(entry, "MESSAGE", message);
    entry_add(entry, "PRIORITY", level.priority);
    entry_add(entry, "SYSLOG_IDENTIFIER", "ipmpd");
    entry_add(entry, "IPMP_TOPIC", ipmpd_topic_to_string(topic));
}

static void log_plain(LogLevel level, IpmpdTopic topic, const char *format, va_list arguments)
    G_GNUC_PRINTF(3, 0);

static void log_plain(LogLevel level, IpmpdTopic topic, const char *format, va_list arguments)
{
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    LogEntry entry;

    entry_start(&entry, level, topic, message);
    g_log_structured_array(level.level, entry.fields, entry.n);
}

#define DEFINE_LOG_FUNCTION(name)                                                                  \
    void ipmpd_log_##name(IpmpdTopic topic, const char *format, ...)                               \
    {                                                                                              \
        va_list arguments;                                                                         \
                                                                                                   \
        va_start(arguments, format);                                                               \
        log_plain(level_##name, topic, format, arguments);                                         \
        va_end(arguments);                                                                         \
    }

DEFINE_LOG_FUNCTION(error)
DEFINE_LOG_FUNCTION(warning)
DEFINE_LOG_FUNCTION(notice)
DEFINE_LOG_FUNCTION(info)
DEFINE_LOG_FUNCTION(debug)

static LogLevel event_level(const MpNotice *notice)
{
    gboolean state =
        notice->kind == MP_NOTICE_INTERFACE_STATE || notice->kind == MP_NOTICE_GROUP_STATE;

    if (state && strcmp(notice->to, "failed") == 0)
        return notice->kind == MP_NOTICE_GROUP_STATE ? level_error : level_warning;
    if (state && strcmp(notice->to, "missing") == 0)
        return level_warning;
    if (notice->kind == MP_NOTICE_KERNEL)
        return level_warning;
    if (notice->reason == MP_REASON_PROBING_OFF || notice->reason == MP_REASON_FDT_RAISED)
        return level_warning;
    return level_notice;
}

void ipmpd_log_event(const MpNotice *notice)
{
    g_autofree char *message = ipmpd_log_event_text(notice);
    g_autofree char *sequence = g_strdup_printf("%" G_GUINT64_FORMAT, notice->sequence);
    char address[MP_ADDRESS_STRING_MAX] = "";
    LogLevel level = event_level(notice);
    LogEntry entry;

    if (!mp_address_is_none(&notice->address))
        mp_address_format(&notice->address, address);
    entry_start(&entry, level, IPMPD_TOPIC_ENGINE, message);
    entry_add(&entry, "MESSAGE_ID", ipmpd_log_message_id(notice->kind));
    entry_add(&entry, "IPMP_EVENT", mp_notice_kind_to_string(notice->kind));
    entry_add(&entry, "IPMP_GROUP", notice->group);
    entry_add(&entry, "IPMP_INTERFACE", notice->interface);
    entry_add(&entry, "IPMP_ADDRESS", address);
    entry_add(&entry, "IPMP_FROM", notice->from);
    entry_add(&entry, "IPMP_TO", notice->to);
    if (notice->reason != MP_REASON_NONE)
        entry_add(&entry, "IPMP_REASON", mp_reason_to_string(notice->reason));
    entry_add(&entry, "IPMP_DETAIL", notice->detail);
    entry_add(&entry, "IPMP_SEQUENCE", sequence);
    g_log_structured_array(level.level, entry.fields, entry.n);
}
