/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tables of words that are indexed by an enum: one place for the walk in both directions. */
#pragma once

#include <glib.h>

/* A value outside the list is a bug of ours, never input: input passes through _from_string(). */
static inline const char *mp_word_at(const char *const *words, gsize n, gsize value)
{
    g_assert(value < n);
    return words[value];
}

/* The word's place, -1 = not in the list. */
static inline gint mp_word_find(const char *const *words, gsize n, const char *word)
{
    for (gsize i = 0; i < n; i++) {
        if (g_str_equal(words[i], word))
            return (gint)i;
    }
    return -1;
}

#define MP_WORD(words, value) mp_word_at(words, G_N_ELEMENTS(words), (gsize)(value))
#define MP_WORD_FIND(words, word) mp_word_find(words, G_N_ELEMENTS(words), word)
