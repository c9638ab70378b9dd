/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* That two files of a program may have it, and a file twice. */
#include <ipmp-sd-bus.h>

int header_twice(void);

int header_twice(void)
{
    return strcmp(IPMP_SD_ERROR_EXISTS, "org.ipmp.Error.Exists");
}
