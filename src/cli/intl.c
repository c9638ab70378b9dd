/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "intl.h"
#include <locale.h>

#define DOMAIN "ipmp"

void ctl_intl_init(void)
{
    setlocale(LC_ALL, "");
    bindtextdomain(DOMAIN, IPMP_LOCALE_DIR);
    bind_textdomain_codeset(DOMAIN, "UTF-8"); /* output.c brings it into the locale's */
    textdomain(DOMAIN);
}
