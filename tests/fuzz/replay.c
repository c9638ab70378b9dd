/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* replay NAME DIRECTORY: each file of the corpus once, without a fuzzer. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>

static guint replay(const char *directory, const char *name)
{
    g_autofree char *path = g_build_filename(directory, name, NULL);
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    g_autofree guint8 *exact = NULL;
    gsize length = 0;

    g_file_get_contents(path, &text, &length, &error);
    g_assert_no_error(error);
    /* Exactly as large as what may be read, so that one byte more is seen. */
    exact = g_memdup2(text, length);
    g_assert_cmpint(LLVMFuzzerTestOneInput(exact, length), ==, 0);
    return 1;
}

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GDir) directory = NULL;
    const char *name;
    guint n = 0;

    if (argc != 3)
        return 2;
    directory = g_dir_open(argv[2], 0, &error);
    g_assert_no_error(error);
    while ((name = g_dir_read_name(directory)) != NULL)
        n += replay(argv[2], name);
    printf("1..1\n%s 1 - %u inputs of %s\n", n > 0 ? "ok" : "not ok", n, argv[1]);
    return n > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
