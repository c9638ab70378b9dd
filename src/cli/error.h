/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How the program ends: its exit statuses, and what is said when something went wrong. */
#pragma once

#include "output.h"

/* The exit statuses, documented in ipmpctl(1). */
typedef enum {
    CTL_EXIT_DONE = 0,
    CTL_EXIT_REFUSED = 1,
    CTL_EXIT_USAGE = 2,
    CTL_EXIT_DENIED = 3,
    CTL_EXIT_UNREACHABLE = 4,
    CTL_EXIT_DEGRADED = 10,
    CTL_EXIT_FAILED = 11,
} CtlExit;

#define CTL_ERROR (ctl_error_quark())
typedef enum {
    CTL_ERROR_USAGE,  /* the command line is wrong */
    CTL_ERROR_OUTPUT, /* standard output cannot be written */
} CtlError;

GQuark ctl_error_quark(void);
CtlExit ctl_error_exit(const GError *error);
/* The name in JSON: that of the bus, or "usage", "output". */
const char *ctl_error_name(const GError *error);
/* What to do about what the service said, or that it did not; NULL when there is nothing that the
 * message does not say. */
const char *ctl_error_advice(const GError *error);
/* On standard error: what is wrong and what to do about it (NULL: nothing to say). `colour`:
 * "always", "never", else on a terminal. */
void ctl_error_print(const GError *error, const char *what_to_do, const char *colour);
/* On standard error: what is not wrong, but perhaps not meant. */
void ctl_error_note(const char *text);
