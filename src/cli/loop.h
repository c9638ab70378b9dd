/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Commands that go on until they are interrupted. */
#pragma once

#include "ctl.h"

typedef struct {
    Ctl *ctl;
    GMainLoop *main;
    int write_errno; /* 0, or why standard output cannot be written any more */
} CtlLoop;

void ctl_loop_init(CtlLoop *loop, Ctl *ctl);
/* After each line: sends it off, and ends the loop when nobody can read it any more. */
void ctl_loop_written(CtlLoop *loop);
/* Until interrupted or terminated (success), or the output is gone (an error). */
gboolean ctl_loop_run(CtlLoop *loop, GError **error);
