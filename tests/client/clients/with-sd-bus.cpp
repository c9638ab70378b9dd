/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The header, and a program that uses all of it, in the other language. */
#include "with-sd-bus.c"
