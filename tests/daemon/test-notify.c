/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The service manager's end of the socket is ours. */
#include "notify.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

typedef struct {
    int fd;
    char *directory;
    char *path;
} Manager;

static void manager_start(Manager *manager, gconstpointer data)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    manager->directory = g_dir_make_tmp("ipmp-notify-XXXXXX", NULL);
    manager->path = g_build_filename(manager->directory, "s", NULL);
    g_strlcpy(address.sun_path, manager->path, sizeof address.sun_path);
    manager->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    g_assert_cmpint(bind(manager->fd, (struct sockaddr *)&address, sizeof address), ==, 0);
    g_setenv("NOTIFY_SOCKET", manager->path, TRUE);
}

static void manager_stop(Manager *manager, gconstpointer data)
{
    g_unsetenv("NOTIFY_SOCKET");
    close(manager->fd);
    g_assert_cmpint(unlink(manager->path), ==, 0);
    g_assert_cmpint(rmdir(manager->directory), ==, 0);
    g_free(manager->path);
    g_free(manager->directory);
}

/* NULL: nothing was told. sd_notify() has sent before it returns. */
static char *manager_hear(Manager *manager)
{
    char buffer[512];
    ssize_t length = recv(manager->fd, buffer, sizeof buffer, 0);

    return length < 0 ? NULL : g_strndup(buffer, (gsize)length);
}

static void expect(Manager *manager, const char *wanted)
{
    g_autofree char *heard = manager_hear(manager);

    g_assert_cmpstr(heard, ==, wanted);
}

static gboolean on_alive(gpointer user_data)
{
    return *(gboolean *)user_data;
}

static void test_states(Manager *manager, gconstpointer data)
{
    gboolean alive = TRUE;
    g_autoptr(IpmpdNotify) notify = ipmpd_notify_new(on_alive, &alive);
    g_autofree char *reloading = NULL;

    expect(manager, NULL);
    ipmpd_notify_ready(notify, "2 groups, ok");
    expect(manager, "READY=1\nSTATUS=2 groups, ok");
    ipmpd_notify_status(notify, "2 groups, ok");
    expect(manager, NULL);
    ipmpd_notify_status(notify, "degraded\nREADY=0");
    expect(manager, "STATUS=degraded READY=0");
    ipmpd_notify_status(notify, "degraded\nREADY=0");
    expect(manager, NULL);
    ipmpd_notify_reloading(notify);
    reloading = manager_hear(manager);
    g_assert_true(g_str_has_prefix(reloading, "RELOADING=1\nMONOTONIC_USEC="));
    ipmpd_notify_stopping(notify);
    expect(manager, "STOPPING=1");
}

static gboolean on_too_late(gpointer user_data)
{
    g_error("the watchdog was not fed");
    return G_SOURCE_REMOVE;
}

static void test_watchdog(Manager *manager, gconstpointer data)
{
    g_autofree char *pid = g_strdup_printf("%d", (int)getpid());
    g_autoptr(IpmpdNotify) notify = NULL;
    gboolean alive = TRUE;
    guint deadline = 0;

    g_setenv("WATCHDOG_USEC", "60000", TRUE);
    g_setenv("WATCHDOG_PID", pid, TRUE);
    notify = ipmpd_notify_new(on_alive, &alive);
    g_unsetenv("WATCHDOG_USEC");
    g_unsetenv("WATCHDOG_PID");
    deadline = g_timeout_add_seconds(10, on_too_late, NULL);
    for (guint fed = 0; fed < 3;) {
        g_autofree char *heard = NULL;

        g_main_context_iteration(NULL, TRUE);
        heard = manager_hear(manager);
        g_assert_true(heard == NULL || g_str_equal(heard, "WATCHDOG=1"));
        fed += heard != NULL;
    }
    /* Asked each time: nothing is said for what hangs. */
    alive = FALSE;
    for (guint asked = 0; asked < 3; asked += g_main_context_iteration(NULL, TRUE))
        ;
    expect(manager, NULL);
    g_source_remove(deadline);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/notify/states", Manager, NULL, manager_start, test_states, manager_stop);
    g_test_add("/notify/watchdog", Manager, NULL, manager_start, test_watchdog, manager_stop);
    return g_test_run();
}
