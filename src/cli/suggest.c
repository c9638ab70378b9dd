/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "suggest.h"
#include <string.h>

#define LONGEST 64 /* longer words are no slip of the fingers */

/* Changes of one letter, two exchanged neighbours being one change, that make a into b. */
static guint edit_distance(const char *a, const char *b)
{
    guint rows[3][LONGEST + 1];
    guint *before = rows[0], *last = rows[1], *now = rows[2];
    gsize length = strlen(b);

    for (gsize k = 0; k <= length; k++)
        last[k] = k;
    for (gsize i = 1; a[i - 1] != '\0'; i++) {
        now[0] = i;
        for (gsize k = 1; k <= length; k++) {
            guint exchange = last[k - 1] + (a[i - 1] != b[k - 1]);
            now[k] = MIN(exchange, MIN(last[k], now[k - 1]) + 1);
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
                now[k] = MIN(now[k], before[k - 2] + 1);
        }
        guint *free_row = before;
        before = last;
        last = now;
        now = free_row;
    }
    return last[length];
}

const char *ctl_suggest(const char *word, const char *const *candidates)
{
    const char *best = NULL;
    gsize length = strlen(word);
    guint best_distance = length <= 3 ? 2 : 3; /* one too many: not near */

    if (length == 0 || length > LONGEST)
        return NULL;
    for (guint i = 0; candidates[i] != NULL; i++) {
        if (strlen(candidates[i]) > LONGEST)
            continue;
        guint distance = edit_distance(word, candidates[i]);
        if (length >= 3 && g_str_has_prefix(candidates[i], word))
            distance = MIN(distance, 1);
        if (distance < best_distance) {
            best_distance = distance;
            best = candidates[i];
        }
    }
    return best;
}
