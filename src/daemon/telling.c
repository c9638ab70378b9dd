/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "telling.h"

#include "error.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

/* The room is taken first: where there is none a write into the memory would be a SIGBUS. */
static guint8 *map(int fd)
{
    int code = posix_fallocate(fd, 0, 1);
    void *bytes;

    if (code != 0) {
        errno = code;
        return NULL;
    }
    bytes = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    return bytes != MAP_FAILED ? bytes : NULL;
}

guint8 *ipmpd_telling_map(const char *path, GError **error)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    guint8 *telling = fd >= 0 ? map(fd) : NULL;

    if (telling == NULL)
        g_set_error(error, MP_ERROR, MP_ERROR_FAILED, "%s: %s", path, g_strerror(errno));
    if (fd >= 0)
        close(fd);
    return telling;
}

void ipmpd_telling_unmap(guint8 *telling)
{
    if (telling != NULL)
        munmap(telling, 1);
}
