/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ctl.h"

/* What there is, and what one command takes; to standard output. */
void ctl_help_print(void);
void ctl_help_print_verb(const CtlVerb *verb);
