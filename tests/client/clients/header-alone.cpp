/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ipmp-sd-bus.h>

int main()
{
    return strcmp(IPMP_SD_BUS_NAME, "org.ipmp");
}
