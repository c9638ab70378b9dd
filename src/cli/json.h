/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ctl.h"

/* Prints a value as JSON, over several lines; a floating one is taken. */
void ctl_json_print(const Ctl *ctl, GVariant *value);
/* The same as one line, at once. */
void ctl_json_print_line(const Ctl *ctl, GVariant *value);
