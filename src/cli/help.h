/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ctl.h"

/* What there is, and what one command takes. */
void ctl_help_print(const CtlOutput *output);
void ctl_help_print_verb(const CtlOutput *output, const CtlVerb *verb);
