/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon.h"
#include "log.h"
#include "seat.h"
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct {
    char *config_dir;
    char *runtime_dir;
    char *vendor_dir;
    gboolean debug;
    gboolean version;
} Options;

static gboolean options_parse(Options *options, int argc, char **argv, GError **error)
{
    const GOptionEntry entries[] = {
        {"config-dir", 0, 0, G_OPTION_ARG_FILENAME, &options->config_dir,
         "Configuration (default " IPMPD_CONFIG_DIR ")", "DIR"},
        {"runtime-dir", 0, 0, G_OPTION_ARG_FILENAME, &options->runtime_dir,
         "State and temporary configuration (default " IPMPD_RUNTIME_DIR ")", "DIR"},
        {"vendor-dir", 0, 0, G_OPTION_ARG_FILENAME, &options->vendor_dir,
         "Configuration of vendors (default " IPMPD_VENDOR_DIR ")", "DIR"},
        {"debug", 0, 0, G_OPTION_ARG_NONE, &options->debug, "Log also what helps to find faults",
         NULL},
        {"version", 0, 0, G_OPTION_ARG_NONE, &options->version, "Print the version", NULL},
        {NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);

    g_option_context_set_summary(context, "The IP network multipathing service.");
    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, error))
        return FALSE;
    if (argc > 1) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, "\"%s\": only options are taken",
                    argv[1]);
        return FALSE;
    }
    return TRUE;
}

static void options_clear(Options *options)
{
    g_free(options->config_dir);
    g_free(options->runtime_dir);
    g_free(options->vendor_dir);
}

typedef struct {
    IpmpdDirectories directories;
    IpmpdSeat *seat;
    int status;
} Run;

static gpointer on_run(gpointer user_data)
{
    Run *run = user_data;

    run->status = ipmpd_daemon_run(&run->directories, run->seat);
    ipmpd_seat_close(run->seat);
    return NULL;
}

/* The first thread, the one with what the service manager gave, is the engine's. */
static int run_daemon(const Options *options)
{
    Run run = {
        .directories = {options->config_dir ? options->config_dir : IPMPD_CONFIG_DIR,
                        options->runtime_dir ? options->runtime_dir : IPMPD_RUNTIME_DIR,
                        options->vendor_dir ? options->vendor_dir : IPMPD_VENDOR_DIR},
        .seat = ipmpd_seat_new(),
    };
    GThread *thread = g_thread_new("ipmpd-main", on_run, &run);

    ipmpd_seat_serve(run.seat);
    g_thread_join(thread);
    ipmpd_seat_free(run.seat);
    return run.status;
}

int main(int argc, char **argv)
{
    Options options = {0};
    g_autoptr(GError) error = NULL;
    int status = EXIT_SUCCESS;

    setlocale(LC_ALL, "");
    if (!options_parse(&options, argc, argv, &error)) {
        fprintf(stderr, "ipmpd: %s\n", error->message);
        status = 2;
    } else if (options.version) {
        printf("ipmpd %s\n", IPMPD_VERSION);
    } else {
        IpmpdLogQueue *queue = ipmpd_log_init(options.debug);

        status = run_daemon(&options);
        if (queue != NULL)
            ipmpd_log_queue_flush(queue);
    }
    options_clear(&options);
    return status;
}
