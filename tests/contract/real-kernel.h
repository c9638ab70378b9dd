/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What tests of the real door alone need of it besides the fixture. */
#pragma once

#include "fixture.h"
#include <net/if.h>

/* The other end of a cable. */
char *real_far_name(guint index, char name[IF_NAMESIZE]);
/* A command, its words separated by blanks, in the namespace of the door or of the far ends. */
void real_run(Fixture *fixture, gboolean far, const char *line);
char *real_output(Fixture *fixture, gboolean far, const char *line); /* g_free() */
/* What this thread opens is there, until it is back (FALSE). */
void real_enter(Fixture *fixture, gboolean far);
