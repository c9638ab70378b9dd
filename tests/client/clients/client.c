/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client.h"
#include <json-glib/json-glib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void print_json(GVariant *value)
{
    g_autoptr(GVariant) owned = g_variant_ref_sink(value);
    g_autofree char *text = json_gvariant_serialize_data(owned, NULL);

    puts(text);
    fflush(stdout);
}

static void tell(const char *key, GVariant *value)
{
    g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT(NULL);

    g_variant_dict_insert_value(&dict, key, value);
    print_json(g_variant_dict_end(&dict));
}

void client_tell_signal(const char *member, const char *path, GVariant *values)
{
    g_autoptr(GVariant) owned = g_variant_ref_sink(values);
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE("av"));
    g_variant_builder_add(&builder, "v", g_variant_new_string(member));
    g_variant_builder_add(&builder, "v", g_variant_new_string(path));
    for (gsize i = 0; i < g_variant_n_children(owned); i++) {
        g_autoptr(GVariant) value = g_variant_get_child_value(owned, i);
        g_variant_builder_add(&builder, "v", value);
    }
    tell("signal", g_variant_builder_end(&builder));
}

static void tell_outcome(GVariant *result, ClientError *error)
{
    g_autoptr(GVariant) owned = result != NULL ? g_variant_take_ref(result) : NULL;

    if (owned != NULL)
        tell("result", owned);
    else
        tell("error", g_variant_new("(ss)", error->name, error->message));
    g_free(error->name);
    g_free(error->message);
}

static GVariant *refuse(ClientError *error, const char *name, const char *message)
{
    error->name = g_strdup(name);
    error->message = g_strdup(message);
    return NULL;
}

static GVariant *call(const Client *client, const char *member, const char *path, const char *text,
                      ClientError *error)
{
    for (const ClientMethod *row = client->methods; row->member != NULL; row++) {
        if (strcmp(row->member, member) != 0)
            continue;
        g_autoptr(GError) wrong = NULL;
        g_autoptr(GVariant) arguments =
            g_variant_parse(G_VARIANT_TYPE(row->signature), text, NULL, NULL, &wrong);
        if (arguments == NULL)
            return refuse(error, "arguments", wrong->message);
        return row->call(path, arguments, error);
    }
    return refuse(error, "no row", member);
}

static void tell_rows(const Client *client)
{
    g_autoptr(GStrvBuilder) names = g_strv_builder_new();
    g_auto(GStrv) others = client->list_others();

    for (const ClientMethod *row = client->methods; row->member != NULL; row++)
        g_strv_builder_add(names, row->member);
    g_strv_builder_addv(names, (const char **)others);
    g_auto(GStrv) all = g_strv_builder_end(names);
    tell("result", g_variant_new_strv((const char *const *)all, -1));
}

static void obey(const Client *client, const char *line)
{
    g_auto(GStrv) words = g_strsplit(line, "\t", 4);
    ClientError error = {NULL, NULL};
    guint n = g_strv_length(words);

    if (n == 1 && strcmp(words[0], "rows") == 0) {
        tell_rows(client);
    } else if (n == 1 && strcmp(words[0], "watch") == 0) {
        client->watch();
        tell("result", g_variant_new_boolean(TRUE));
    } else if (n == 3 && strcmp(words[0], "get") == 0) {
        tell_outcome(client->get(words[1], words[2], &error), &error);
    } else if (n == 4 && strcmp(words[0], "call") == 0) {
        tell_outcome(call(client, words[1], words[2], words[3], &error), &error);
    } else {
        tell_outcome(refuse(&error, "line", line), &error);
    }
    client->settle();
}

typedef struct {
    const Client *client;
    GMainLoop *loop;
} Run;

static gboolean on_input(GIOChannel *channel, GIOCondition condition, gpointer user_data)
{
    Run *run = user_data;
    g_autofree char *line = NULL;

    if (g_io_channel_read_line(channel, &line, NULL, NULL, NULL) != G_IO_STATUS_NORMAL) {
        g_main_loop_quit(run->loop);
        return G_SOURCE_REMOVE;
    }
    obey(run->client, g_strchomp(line));
    return G_SOURCE_CONTINUE;
}

void client_run(const Client *client)
{
    g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
    GIOChannel *input = g_io_channel_unix_new(STDIN_FILENO);
    Run run = {client, loop};

    g_io_add_watch(input, G_IO_IN | G_IO_HUP, on_input, &run);
    g_io_channel_unref(input);
    g_main_loop_run(loop);
}
