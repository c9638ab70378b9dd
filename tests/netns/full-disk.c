/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* To be preloaded: the disk has no room from the nth write of a file on, as long as there is one at
 * $FULL_WHILE that says n. Files are those of which the name begins with $FULL_PREFIX. */
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef ssize_t (*WriteFunc)(int, const void *, size_t);

static unsigned countdown(void)
{
    const char *path = getenv("FULL_WHILE");
    FILE *file = path != NULL ? fopen(path, "re") : NULL;
    unsigned n = 0;

    if (file == NULL)
        return 0;
    if (fscanf(file, "%u", &n) != 1)
        n = 0;
    fclose(file);
    return n;
}

static int is_meant(int fd)
{
    const char *prefix = getenv("FULL_PREFIX");
    char link[64], name[4096];
    ssize_t length;

    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    length = readlink(link, name, sizeof name - 1);
    if (prefix == NULL || length <= 0)
        return 0;
    name[length] = '\0';
    return strncmp(name, prefix, strlen(prefix)) == 0;
}

ssize_t write(int fd, const void *data, size_t length)
{
    static unsigned written; /* since there was no such file */
    WriteFunc write_on = (WriteFunc)dlsym(RTLD_NEXT, "write");
    unsigned n;

    if (fd <= 2 || !is_meant(fd))
        return write_on(fd, data, length);
    n = countdown();
    written = n == 0 ? 0 : written + 1;
    if (n == 0 || written < n)
        return write_on(fd, data, length);
    errno = ENOSPC;
    return -1;
}
