/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* That the header needs nothing before it. */
#include <ipmp-sd-bus.h>

int header_twice(void);

int main(void)
{
    return header_twice();
}
