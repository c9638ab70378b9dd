/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "transaction.h"

#include "error.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef enum { STEP_WRITE, STEP_MASK, STEP_REMOVE } StepKind;

typedef struct {
    StepKind kind;
    char *path; /* what the rename replaces */
    char *text; /* WRITE */
    IpmpdFile *was;
    char *spare; /* first the new content, after the swap the old one; NULL: there is no such file
                  */
} Step;

struct IpmpdTransaction {
    GPtrArray *steps;
};

static void step_free(gpointer data)
{
    Step *step = data;

    g_free(step->path);
    g_free(step->text);
    g_free(step->spare);
    ipmpd_file_unref(step->was);
    g_free(step);
}

static gboolean fail(GError **error, const char *verb, const char *path, int saved_errno)
{
    g_set_error(error, MP_ERROR, MP_ERROR_FAILED, "cannot %s %s: %s", verb, path,
                g_strerror(saved_errno));
    return FALSE;
}

static gboolean fail_changed(GError **error, const char *path)
{
    g_set_error(error, MP_ERROR, MP_ERROR_CONFIG_CHANGED,
                "%s was changed by somebody else while it was being written", path);
    return FALSE;
}

/* Phase one: everything that takes room or time is done beside the files. */

static gboolean descriptor_write(int fd, const char *text, gsize length)
{
    while (length > 0) {
        ssize_t written = write(fd, text, length);

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return FALSE;
        text += written;
        length -= (gsize)written;
    }
    return TRUE;
}

static gboolean descriptor_fill(int fd, const Step *step)
{
    gboolean new = step->was->kind == IPMPD_FILE_ABSENT || !S_ISREG(step->was->status.st_mode);

    if (!descriptor_write(fd, step->text, strlen(step->text)))
        return FALSE;
    /* An unprivileged service cannot give a file to its owner of before: its text matters more. */
    if (!new &&fchown(fd, step->was->status.st_uid, step->was->status.st_gid) < 0 && errno != EPERM)
        return FALSE;
    return fchmod(fd, new ? 0644 : step->was->status.st_mode & 0777) == 0 && fsync(fd) == 0;
}

static int spare_create(Step *step)
{
    g_autofree char *directory = g_path_get_dirname(step->path);
    g_autofree char *name = g_path_get_basename(step->path);

    /* Hidden, so that a reader of the directory leaves it alone also after a crash. */
    step->spare = g_strdup_printf("%s/.%s.XXXXXX", directory, name);
    return g_mkstemp_full(step->spare, O_RDWR | O_CLOEXEC, 0600);
}

static gboolean step_prepare(Step *step, GError **error)
{
    g_autofree char *directory = g_path_get_dirname(step->path);
    int saved_errno = 0;
    int fd = -1;

    if (step->kind != STEP_REMOVE && g_mkdir_with_parents(directory, 0755) < 0)
        return fail(error, "write in the directory", directory, errno);
    fd = spare_create(step);
    if (fd < 0) {
        saved_errno = errno;
        g_clear_pointer(&step->spare, g_free);
        return fail(error, step->kind == STEP_REMOVE ? "remove" : "write", step->path, saved_errno);
    }
    if (step->kind == STEP_WRITE && !descriptor_fill(fd, step))
        saved_errno = errno;
    if (close(fd) < 0 && saved_errno == 0)
        saved_errno = errno;
    if (saved_errno == 0 && step->kind == STEP_MASK &&
        (unlink(step->spare) < 0 || symlink("/dev/null", step->spare) < 0))
        saved_errno = errno;
    return saved_errno == 0 || fail(error, "write", step->path, saved_errno);
}

/* Phase two: renames. */

static gboolean step_create(Step *step, GError **error)
{
    /* Not every file system can refuse to replace; link() can. */
    if (renameat2(AT_FDCWD, step->spare, AT_FDCWD, step->path, RENAME_NOREPLACE) == 0 ||
        (errno == EINVAL && link(step->spare, step->path) == 0 && unlink(step->spare) == 0)) {
        g_clear_pointer(&step->spare, g_free);
        return TRUE;
    }
    return errno == EEXIST ? fail_changed(error, step->path)
                           : fail(error, "write", step->path, errno);
}

static gboolean step_exchange(Step *step, GError **error)
{
    g_autofree char *old = NULL;

    if (renameat2(AT_FDCWD, step->spare, AT_FDCWD, step->path, RENAME_EXCHANGE) == 0)
        return TRUE;
    if (errno == EINVAL) { /* a file system that cannot, as NFS: keep the old one by a link */
        old = g_strdup_printf("%s~", step->spare);
        if (link(step->path, old) == 0) {
            if (rename(step->spare, step->path) == 0) {
                g_free(step->spare);
                step->spare = g_steal_pointer(&old);
                return TRUE;
            }
            unlink(old);
        }
    }
    return errno == ENOENT ? fail_changed(error, step->path)
                           : fail(error, "write", step->path, errno);
}

static gboolean step_take_away(Step *step, GError **error)
{
    if (rename(step->path, step->spare) == 0)
        return TRUE;
    return errno == ENOENT ? fail_changed(error, step->path)
                           : fail(error, "remove", step->path, errno);
}

/* Whether the old file, which is in our hands now, is the one that was read. */
static gboolean step_is_expected(const Step *step)
{
    const struct stat *was = &step->was->status;
    struct stat status;

    if (lstat(step->spare, &status) < 0 || S_ISLNK(status.st_mode))
        return TRUE; /* a link: its target's content was compared already */
    return status.st_ino == was->st_ino && status.st_dev == was->st_dev &&
           status.st_size == was->st_size && status.st_mtim.tv_sec == was->st_mtim.tv_sec &&
           status.st_mtim.tv_nsec == was->st_mtim.tv_nsec;
}

static gboolean step_undo(Step *step)
{
    gboolean undone =
        step->spare != NULL ? rename(step->spare, step->path) == 0 : unlink(step->path) == 0;

    g_clear_pointer(&step->spare, g_free);
    return undone;
}

static gboolean step_swap(Step *step, GError **error)
{
    gboolean swapped = FALSE;

    if (step->kind == STEP_REMOVE)
        swapped = step_take_away(step, error);
    else if (step->was->kind == IPMPD_FILE_ABSENT)
        return step_create(step, error);
    else
        swapped = step_exchange(step, error);
    if (swapped && !step_is_expected(step)) {
        step_undo(step);
        return fail_changed(error, step->path);
    }
    return swapped;
}

static gboolean directory_sync(const char *path, GError **error)
{
    g_autofree char *directory = g_path_get_dirname(path);
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int saved_errno = 0;

    /* EINVAL: a file system that has nothing to sync. */
    if (fd < 0 || (fsync(fd) < 0 && errno != EINVAL))
        saved_errno = errno;
    if (fd >= 0)
        close(fd);
    return saved_errno == 0 || fail(error, "write the directory", directory, saved_errno);
}

static void step_drop_spare(Step *step)
{
    if (step->spare != NULL)
        unlink(step->spare);
    g_clear_pointer(&step->spare, g_free);
}

static gboolean steps_prepare(GPtrArray *steps, GError **error)
{
    for (guint i = 0; i < steps->len; i++) {
        if (!step_prepare(steps->pdata[i], error))
            return FALSE;
    }
    return TRUE;
}

/* Returns how many were swapped; fewer than all of them with an error. */
static guint steps_swap(GPtrArray *steps, GError **error)
{
    for (guint i = 0; i < steps->len; i++) {
        Step *step = steps->pdata[i];

        if (!step_swap(step, error))
            return i;
    }
    return steps->len;
}

static gboolean steps_sync(GPtrArray *steps, GError **error)
{
    for (guint i = 0; i < steps->len; i++) {
        Step *step = steps->pdata[i];

        if (!directory_sync(step->path, error))
            return FALSE;
    }
    return TRUE;
}

gboolean ipmpd_transaction_commit(IpmpdTransaction *transaction, GError **error)
{
    g_autoptr(GError) local_error = NULL;
    GPtrArray *steps = transaction->steps;
    guint swapped = 0;
    gboolean done = steps_prepare(steps, &local_error);

    if (done) {
        swapped = steps_swap(steps, &local_error);
        done = swapped == steps->len && steps_sync(steps, &local_error);
    }
    for (guint i = swapped; !done && i > 0; i--) {
        Step *step = steps->pdata[i - 1];

        if (!step_undo(step))
            g_prefix_error(&local_error, "%s could not be put back; ", step->path);
    }
    for (guint i = 0; i < steps->len; i++)
        step_drop_spare(steps->pdata[i]);
    if (!done)
        g_propagate_error(error, g_steal_pointer(&local_error));
    return done;
}

static gboolean directory_check(const char *path, GError **error)
{
    g_autofree char *directory = g_path_get_dirname(path);

    if (faccessat(AT_FDCWD, directory, W_OK | X_OK, AT_EACCESS) == 0)
        return TRUE;
    if (errno == ENOENT && !g_str_equal(directory, path))
        return directory_check(directory, error); /* it will be made */
    return fail(error, "write in the directory", directory, errno);
}

gboolean ipmpd_transaction_check(const IpmpdTransaction *transaction, GError **error)
{
    for (guint i = 0; i < transaction->steps->len; i++) {
        const Step *step = transaction->steps->pdata[i];

        if (!directory_check(step->path, error))
            return FALSE;
    }
    return TRUE;
}

IpmpdTransaction *ipmpd_transaction_new(void)
{
    IpmpdTransaction *transaction = g_new0(IpmpdTransaction, 1);

    transaction->steps = g_ptr_array_new_with_free_func(step_free);
    return transaction;
}

void ipmpd_transaction_free(IpmpdTransaction *transaction)
{
    if (transaction == NULL)
        return;
    g_ptr_array_unref(transaction->steps);
    g_free(transaction);
}

static Step *transaction_add(IpmpdTransaction *transaction, StepKind kind, const char *path,
                             IpmpdFile *was)
{
    Step *step = g_new0(Step, 1);

    step->kind = kind;
    step->path = g_strdup(path);
    step->was = ipmpd_file_ref(was);
    g_ptr_array_add(transaction->steps, step);
    return step;
}

void ipmpd_transaction_write(IpmpdTransaction *transaction, const char *path, const char *text,
                             IpmpdFile *was)
{
    gboolean through = was->target != NULL && S_ISREG(was->status.st_mode);
    Step *step = transaction_add(transaction, STEP_WRITE, through ? was->target : path, was);

    step->text = g_strdup(text);
}

void ipmpd_transaction_mask(IpmpdTransaction *transaction, const char *path, IpmpdFile *was)
{
    transaction_add(transaction, STEP_MASK, path, was);
}

void ipmpd_transaction_remove(IpmpdTransaction *transaction, const char *path, IpmpdFile *was)
{
    transaction_add(transaction, STEP_REMOVE, path, was);
}
