/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "json.h"
#include <json-glib/json-glib.h>

static void print(const Ctl *ctl, GVariant *value, gboolean pretty)
{
    g_autoptr(GVariant) owned = g_variant_ref_sink(value);
    g_autoptr(JsonNode) node = json_gvariant_serialize(owned);
    g_autofree char *text = json_to_string(node, pretty);

    fprintf(ctl->out.stream, "%s\n", text);
}

void ctl_json_print(const Ctl *ctl, GVariant *value)
{
    print(ctl, value, TRUE);
}

void ctl_json_print_line(const Ctl *ctl, GVariant *value)
{
    print(ctl, value, FALSE);
    fflush(ctl->out.stream);
}
