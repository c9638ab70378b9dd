/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "history-file.h"

#include "error.h"
#include "escape.h"
#include "log.h"
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD "ipmp-history 1 "
#define BYTES_MAX (32u << 20)
#define FIELDS 11u

struct IpmpdHistoryFile {
    char *directory;
    char *path;
    char *head;
    IpmpdHistory *history; /* borrowed */
    int fd;                /* -1: not open */
    off_t length;          /* of whole lines */
    guint lines;           /* since it was written whole */
    guint unsaved;         /* the latest entries that are not in it */
    gboolean troubled;     /* and that was told */
};

/* Lines */

char *ipmpd_history_line(const IpmpdHistoryEntry *entry)
{
    const MpNotice *notice = &entry->notice;
    const char *texts[] = {notice->group, notice->interface, notice->from, notice->to,
                           notice->detail};
    GString *line = g_string_new(NULL);
    char address[MP_ADDRESS_STRING_MAX] = "";

    if (!mp_address_is_none(&notice->address))
        mp_address_format(&notice->address, address);
    g_string_printf(
        line, "%" G_GUINT64_FORMAT "\t%" G_GINT64_FORMAT "\t%" G_GINT64_FORMAT "\t%s\t%s\t%s",
        notice->sequence, notice->now_us, entry->wall_us, mp_notice_kind_to_string(notice->kind),
        mp_reason_to_string(notice->reason), address);
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autofree char *text = g_strescape(texts[i], NULL);

        g_string_append_printf(line, "\t%s", text);
    }
    return g_string_free(line, FALSE);
}

static gboolean text_parse(const char *text, char *out, gsize size)
{
    g_autofree char *plain = ipmpd_unescape(text);

    return plain != NULL && g_strlcpy(out, plain, size) < size;
}

static gboolean kind_parse(const char *word, MpNoticeKind *out)
{
    for (guint i = 0; i < MP_N_NOTICE_KINDS; i++) {
        if (strcmp(word, mp_notice_kind_to_string(i)) != 0)
            continue;
        *out = i;
        return TRUE;
    }
    return FALSE;
}

gboolean ipmpd_history_line_parse(const char *line, IpmpdHistoryEntry *out)
{
    g_auto(GStrv) words = g_strsplit(line, "\t", FIELDS + 1);
    MpNotice *notice = &out->notice;

    memset(out, 0, sizeof *out);
    return g_str_is_ascii(line) && g_strv_length(words) == FIELDS &&
           g_ascii_string_to_unsigned(words[0], 10, 1, G_MAXINT64, &notice->sequence, NULL) &&
           g_ascii_string_to_signed(words[1], 10, 0, G_MAXINT64, &notice->now_us, NULL) &&
           g_ascii_string_to_signed(words[2], 10, 0, G_MAXINT64, &out->wall_us, NULL) &&
           kind_parse(words[3], &notice->kind) &&
           mp_reason_from_string(words[4], &notice->reason) &&
           (words[5][0] == '\0' ||
            mp_address_parse(words[5], MP_PREFIX_REQUIRED, &notice->address, NULL)) &&
           text_parse(words[6], notice->group, sizeof notice->group) &&
           text_parse(words[7], notice->interface, sizeof notice->interface) &&
           text_parse(words[8], notice->from, sizeof notice->from) &&
           text_parse(words[9], notice->to, sizeof notice->to) &&
           text_parse(words[10], notice->detail, sizeof notice->detail);
}

/* Reading */

/* How many of the lines are bad. A last one without end was being written when the daemon died. */
static guint read_lines(IpmpdHistoryFile *file, char *text)
{
    guint bad = 0;
    guint64 last = 0;
    char *line = text;

    for (char *end = strchr(line, '\n'); end != NULL; line = end + 1, end = strchr(line, '\n')) {
        IpmpdHistoryEntry entry;

        *end = '\0';
        if (!ipmpd_history_line_parse(line, &entry) || entry.notice.sequence <= last) {
            bad++;
            continue;
        }
        last = entry.notice.sequence;
        ipmpd_history_add(file->history, &entry.notice, entry.wall_us);
    }
    return bad;
}

static void history_read(IpmpdHistoryFile *file)
{
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    struct stat status;
    gsize length;
    guint bad;

    if (lstat(file->path, &status) < 0)
        return;
    if (!S_ISREG(status.st_mode) || status.st_size > BYTES_MAX) {
        ipmpd_log_warning(IPMPD_TOPIC_RECORD, "%s is not what it should be, and is not used",
                          file->path);
        return;
    }
    if (!g_file_get_contents(file->path, &text, &length, &error)) {
        ipmpd_log_warning(IPMPD_TOPIC_RECORD, "the history cannot be read: %s", error->message);
        return;
    }
    if (!g_str_has_prefix(text, file->head)) {
        ipmpd_log_notice(IPMPD_TOPIC_RECORD,
                         "the history begins anew: %s is of an earlier start of the host, or of "
                         "another version",
                         file->path);
        return;
    }
    bad = read_lines(file, text + strlen(file->head));
    if (bad > 0)
        ipmpd_log_warning(IPMPD_TOPIC_RECORD, "%u damaged lines of %s are left out", bad,
                          file->path);
}

/* Writing */

static GString *lines_of(IpmpdHistoryFile *file, guint n)
{
    GString *text = g_string_new(NULL);

    for (guint i = n; i > 0; i--) {
        g_autofree char *line = ipmpd_history_line(ipmpd_history_get(file->history, i - 1));

        g_string_append(text, line);
        g_string_append_c(text, '\n');
    }
    return text;
}

static gboolean write_whole(IpmpdHistoryFile *file, GError **error)
{
    g_autoptr(GString) text = lines_of(file, ipmpd_history_length(file->history));

    g_string_prepend(text, file->head);
    if (file->fd >= 0)
        close(file->fd);
    file->fd = -1;
    if (g_mkdir_with_parents(file->directory, 0755) < 0) {
        g_set_error(error, MP_ERROR, MP_ERROR_FAILED, "cannot make the directory %s: %s",
                    file->directory, g_strerror(errno));
        return FALSE;
    }
    if (!g_file_set_contents_full(file->path, text->str, (gssize)text->len,
                                  G_FILE_SET_CONTENTS_CONSISTENT, 0644, error))
        return FALSE;
    file->fd = open(file->path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
    if (file->fd < 0) {
        g_set_error(error, MP_ERROR, MP_ERROR_FAILED, "%s cannot be opened: %s", file->path,
                    g_strerror(errno));
        return FALSE;
    }
    file->length = (off_t)text->len;
    file->lines = ipmpd_history_length(file->history);
    return TRUE;
}

/* All or nothing: half a line would spoil the next one. */
static gboolean append(IpmpdHistoryFile *file, GError **error)
{
    g_autoptr(GString) text = lines_of(file, file->unsaved);
    gssize written = write(file->fd, text->str, text->len);
    int saved_errno = written < 0 ? errno : ENOSPC;

    if (written == (gssize)text->len) {
        file->length += (off_t)text->len;
        file->lines += file->unsaved;
        return TRUE;
    }
    if (written > 0 && ftruncate(file->fd, file->length) < 0)
        saved_errno = errno;
    g_set_error(error, MP_ERROR, MP_ERROR_FAILED, "%s: %s", file->path, g_strerror(saved_errno));
    return FALSE;
}

/* Somebody has taken it away, or another one is there. */
static gboolean is_in_place(const IpmpdHistoryFile *file)
{
    struct stat ours, there;

    return file->fd >= 0 && fstat(file->fd, &ours) == 0 && lstat(file->path, &there) == 0 &&
           ours.st_ino == there.st_ino && ours.st_dev == there.st_dev &&
           there.st_size == file->length;
}

void ipmpd_history_file_retry(IpmpdHistoryFile *file)
{
    g_autoptr(GError) error = NULL;
    gboolean written;

    if (file->unsaved == 0)
        return;
    if (is_in_place(file) && file->lines < 2 * IPMPD_HISTORY_CAPACITY)
        written = append(file, &error);
    else
        written = write_whole(file, &error);
    if (written)
        file->unsaved = 0;
    if (written == !file->troubled)
        return;
    file->troubled = !written;
    if (written)
        ipmpd_log_notice(IPMPD_TOPIC_RECORD, "the history is stored again");
    else
        ipmpd_log_error(IPMPD_TOPIC_RECORD,
                        "the history cannot be stored, a restart would forget the latest of it: %s",
                        error->message);
}

void ipmpd_history_file_add(IpmpdHistoryFile *file)
{
    file->unsaved = MIN(file->unsaved + 1, ipmpd_history_length(file->history));
    ipmpd_history_file_retry(file);
}

/* Life */

IpmpdHistoryFile *ipmpd_history_file_open(const char *directory, const char *boot_id,
                                          IpmpdHistory *history)
{
    IpmpdHistoryFile *file = g_new0(IpmpdHistoryFile, 1);

    file->directory = g_strdup(directory);
    file->path = g_build_filename(directory, "history", NULL);
    file->head = g_strconcat(HEAD, boot_id, "\n", NULL);
    file->history = history;
    file->fd = -1;
    history_read(file);
    return file;
}

void ipmpd_history_file_free(IpmpdHistoryFile *file)
{
    if (file == NULL)
        return;
    if (file->fd >= 0)
        close(file->fd);
    g_free(file->directory);
    g_free(file->path);
    g_free(file->head);
    g_free(file);
}
