/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* The candidate that a person most likely meant by `word`, NULL when none is near. */
const char *ctl_suggest(const char *word, const char *const *candidates);
