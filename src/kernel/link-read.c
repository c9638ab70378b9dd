/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "link-read.h"
#include "error.h"
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

int mp_link_reader_open(GError **error)
{
    int reader = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (reader < 0)
        g_set_error(error, MP_ERROR, MP_ERROR_KERNEL, "cannot open a socket to read links: %s",
                    g_strerror(errno));
    return reader;
}

gboolean mp_link_read(int reader, const char *name, gboolean *out_up)
{
    struct ethtool_value value = {.cmd = ETHTOOL_GLINK};
    struct ifreq request = {.ifr_data = (void *)&value};
    g_strlcpy(request.ifr_name, name, sizeof request.ifr_name);
    if (ioctl(reader, SIOCETHTOOL, &request) < 0)
        return FALSE;
    *out_up = value.data != 0;
    return TRUE;
}
