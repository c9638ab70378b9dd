/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* wait-failover GROUP: waits until a data address of the group is on another interface, and tells
 * which. With the sd-bus header.
 *
 *   cc wait-failover.c $(pkg-config --cflags --libs ipmp-sd-bus) */
#include <ipmp/ipmp-sd-bus.h>
#include <stdio.h>

static int on_address_moved(sd_bus_message *m, void *data, sd_bus_error *error)
{
    const char *address, *from, *to, *reason;
    char *name = NULL;
    int r = ipmp_sd_group_read_address_moved(m, &address, &from, &to, &reason);

    (void)error;
    if (r < 0)
        return r;
    r = ipmp_sd_path_to_name(to, &name);
    if (r < 0)
        return r;
    printf("%s is on %s now (%s)\n", address, r > 0 ? name : "nothing", reason);
    free(name);
    *(int *)data = 1;
    return 0;
}

static int wait_failover(sd_bus *bus, const char *path)
{
    int moved = 0, r = ipmp_sd_group_match_address_moved(bus, NULL, path, on_address_moved, &moved);

    if (r >= 0) {
        printf("waiting\n");
        fflush(stdout);
    }
    while (r >= 0 && !moved) {
        r = sd_bus_process(bus, NULL);
        if (r == 0)
            r = sd_bus_wait(bus, UINT64_MAX);
    }
    return r;
}

int main(int argc, char **argv)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;
    sd_bus *bus = NULL;
    char *path = NULL, *state = NULL;
    int r = sd_bus_open_system(&bus);

    if (r >= 0)
        r = ipmp_sd_manager_get_group(bus, argc > 1 ? argv[1] : "", &error, &path);
    if (r >= 0)
        r = ipmp_sd_group_prop_state(bus, path, &error, &state);
    if (r >= 0) {
        printf("%s is %s\n", argv[1], state);
        r = wait_failover(bus, path);
    }
    if (r < 0)
        fprintf(stderr, "%s\n", error.message != NULL ? error.message : strerror(-r));
    free(state);
    free(path);
    sd_bus_error_free(&error);
    sd_bus_flush_close_unref(bus);
    return r < 0;
}
