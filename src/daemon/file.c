/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static void file_clear(gpointer data)
{
    IpmpdFile *file = data;

    g_free(file->text);
    g_free(file->target);
    g_free(file->problem);
}

IpmpdFile *ipmpd_file_ref(IpmpdFile *file)
{
    return g_rc_box_acquire(file);
}

void ipmpd_file_unref(IpmpdFile *file)
{
    g_rc_box_release_full(file, file_clear);
}

static void file_set_bad(IpmpdFile *file, const char *problem)
{
    file->kind = IPMPD_FILE_BAD;
    g_free(file->problem);
    file->problem = g_strdup(problem);
}

static void file_set_errno(IpmpdFile *file, int saved_errno)
{
    g_autofree char *problem = g_strdup_printf("cannot be read: %s", g_strerror(saved_errno));

    file_set_bad(file, problem);
}

static gboolean status_is_null_device(const struct stat *status)
{
    return S_ISCHR(status->st_mode) && status->st_rdev == makedev(1, 3);
}

/* Reads what is there, at most max + 1 bytes: the size that fstat() tells may be old already. */
static void file_read_text(IpmpdFile *file, int fd, gsize max)
{
    gsize room = MIN((gsize)file->status.st_size, max) + 1;
    ssize_t got = 0;

    file->text = g_malloc(room + 1);
    while (file->length < room) {
        got = read(fd, file->text + file->length, room - file->length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        file->length += (gsize)got;
        if (file->length == room && room <= max) {
            room = MIN(room * 2, max + 1);
            file->text = g_realloc(file->text, room + 1);
        }
    }
    file->text[file->length] = '\0';
    if (got < 0)
        file_set_errno(file, errno);
    else
        file->kind = file->length > 0 ? IPMPD_FILE_TEXT : IPMPD_FILE_MASK;
}

static void file_note_target(IpmpdFile *file, const char *path)
{
    struct stat status;
    char *real = NULL;

    if (lstat(path, &status) < 0 || !S_ISLNK(status.st_mode))
        return;
    real = realpath(path, NULL);
    file->target = g_strdup(real);
    free(real);
}

IpmpdFile *ipmpd_file_read(const char *path, gsize max)
{
    IpmpdFile *file = g_rc_box_new0(IpmpdFile);
    struct stat status;
    /* Without O_NONBLOCK a FIFO of that name would stop the service. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (fd < 0) {
        int saved_errno = errno;

        if (saved_errno == ENOENT && lstat(path, &status) == 0)
            file_set_bad(file, "is a symbolic link that leads nowhere");
        else if (saved_errno != ENOENT && saved_errno != ENOTDIR)
            file_set_errno(file, saved_errno);
        return file;
    }
    if (fstat(fd, &file->status) < 0)
        file_set_errno(file, errno);
    else if (status_is_null_device(&file->status))
        file->kind = IPMPD_FILE_MASK;
    else if (!S_ISREG(file->status.st_mode))
        file_set_bad(file, "is not a regular file");
    else
        file_read_text(file, fd, max);
    file_note_target(file, path);
    close(fd);
    return file;
}

gboolean ipmpd_file_same(const IpmpdFile *a, const IpmpdFile *b)
{
    IpmpdFileKind kind_a = a != NULL ? a->kind : IPMPD_FILE_ABSENT;
    IpmpdFileKind kind_b = b != NULL ? b->kind : IPMPD_FILE_ABSENT;

    if (kind_a != kind_b)
        return FALSE;
    return kind_a != IPMPD_FILE_TEXT ||
           (a->length == b->length && memcmp(a->text, b->text, a->length) == 0);
}
