/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Texts in the language of the locale. Marked with _() where they are used, N_() in tables. What
 * machines read is never translated: words of the bus, names of settings and fields, JSON. */
#pragma once

#include <glib/gi18n.h>

/* Before anything is printed. */
void ctl_intl_init(void);
