/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The runtime record: what is read is written as the same text that it is read from again. */
#include "fuzz.h"

#include "record-file.h"

#include <string.h>

#define BOOT_ID "b"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = g_strndup((const char *)data, size);
    g_autoptr(MpRecord) record = ipmpd_record_from_json(text, size, BOOT_ID, 7, &error);
    g_autoptr(MpRecord) again = NULL;
    g_autofree char *first = NULL, *second = NULL;

    if (record == NULL)
        return 0;
    first = ipmpd_record_to_json(record, BOOT_ID, 7);
    again = ipmpd_record_from_json(first, strlen(first), BOOT_ID, 7, &error);
    g_assert_no_error(error);
    g_assert_nonnull(again);
    second = ipmpd_record_to_json(again, BOOT_ID, 7);
    g_assert_cmpstr(first, ==, second);
    return 0;
}
