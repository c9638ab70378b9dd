/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one table of options: which command takes which, and what each is for. */
#pragma once

#include "ctl.h"

/* Takes the options out of `words`; what a command does not take is a usage error. */
gboolean ctl_options_parse(CtlOptions *options, const CtlVerb *verb, char ***words, GError **error);
void ctl_options_clear(CtlOptions *options);
/* For help: those of `bits`, then the options of every command. */
void ctl_options_print(const CtlOutput *output, guint bits);
/* For completion: the names of all that a command with `bits` takes, one a line. */
void ctl_options_print_names(guint bits);
