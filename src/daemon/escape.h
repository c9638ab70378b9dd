/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Texts of others, which may be no UTF-8, in files of ours: g_strescape() and its reverse. */
#pragma once

/* NULL: it ends in the midst of an escape. */
char *ipmpd_unescape(const char *text);
