/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysctl.h"
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* %s is the device: a path component, so that its name may have dots. */
static const char *const PATHS[] = {
    [MP_SYSCTL_ARP_IGNORE] = "ipv4/conf/%s/arp_ignore",
    [MP_SYSCTL_ARP_ANNOUNCE] = "ipv4/conf/%s/arp_announce",
    [MP_SYSCTL_ARP_FILTER] = "ipv4/conf/%s/arp_filter",
    [MP_SYSCTL_MEDIUM_ID] = "ipv4/conf/%s/medium_id",
    [MP_SYSCTL_RP_FILTER] = "ipv4/conf/%s/rp_filter",
    [MP_SYSCTL_PROMOTE_SECONDARIES] = "ipv4/conf/%s/promote_secondaries",
    [MP_SYSCTL_IGNORE_LINKDOWN4] = "ipv4/conf/%s/ignore_routes_with_linkdown",
    [MP_SYSCTL_IGNORE_LINKDOWN6] = "ipv6/conf/%s/ignore_routes_with_linkdown",
    [MP_SYSCTL_AUTOCONF] = "ipv6/conf/%s/autoconf",
    [MP_SYSCTL_HASH_POLICY4] = "ipv4/fib_multipath_hash_policy",
    [MP_SYSCTL_HASH_POLICY6] = "ipv6/fib_multipath_hash_policy",
    [MP_SYSCTL_NEXTHOP_COMPAT] = "ipv4/nexthop_compat_mode",
    [MP_SYSCTL_RP_FILTER_ALL] = "ipv4/conf/all/rp_filter",
};
G_STATIC_ASSERT(G_N_ELEMENTS(PATHS) == MP_N_SYSCTLS);

#define PATH_SIZE 128

/* Looked at when the file is open: what is written into it after its device was renamed is refused,
 * so that no other device is written to. */
static int sysctl_open(MpSysctl key, const char *device, guint index, int flags)
{
    char path[PATH_SIZE] = "/proc/sys/net/";
    char *end = path + strlen(path);
    const char *mark = strstr(PATHS[key], "%s");
    gsize room = (gsize)(path + sizeof path - end);
    if (mark != NULL && device == NULL) {
        errno = ENODEV;
        return -1;
    }
    if (mark == NULL)
        g_strlcpy(end, PATHS[key], room);
    else
        g_snprintf(end, room, "%.*s%s%s", (int)(mark - PATHS[key]), PATHS[key], device, mark + 2);
    int file = open(path, flags | O_CLOEXEC);
    if (file >= 0 && mark != NULL && index != 0 && if_nametoindex(device) != index) {
        close(file);
        errno = ENODEV;
        return -1;
    }
    return file;
}

gint mp_sysctl_read(MpSysctl key, const char *device, guint index)
{
    char text[16];
    int file = sysctl_open(key, device, index, O_RDONLY);
    if (file < 0)
        return -1;
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    if (length <= 0)
        return -1;
    text[length] = '\0';
    char *end = NULL;
    long value = strtol(text, &end, 10);
    return end == text || value < 0 || value > G_MAXINT ? -1 : (gint)value;
}

static int sysctl_put(MpSysctl key, const char *device, guint index, gint value)
{
    char text[16];
    int length = g_snprintf(text, sizeof text, "%d", value);
    int file = sysctl_open(key, device, index, O_WRONLY);
    if (file < 0)
        return errno;
    ssize_t written = write(file, text, (gsize)length);
    int error = written < 0 ? errno : written != length ? EIO : 0;
    close(file);
    return error;
}

int mp_sysctl_write(MpSysctl key, const char *device, guint index, gint value)
{
    if (key == MP_SYSCTL_RP_FILTER_ALL)
        return EPERM; /* every device's business, not ours */
    int error = sysctl_put(key, device, index, value);
    return error != 0 && mp_sysctl_read(key, device, index) == value ? 0 : error;
}
