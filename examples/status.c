/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every group and its members, as they are now. With libipmp, waiting.
 *
 *   cc status.c $(pkg-config --cflags --libs ipmp) */
#include <ipmp/ipmp.h>
#include <stdio.h>

static void print_group(IpmpClient *client, IpmpGroup *group)
{
    g_auto(GStrv) members = ipmp_group_dup_interfaces(group);

    printf("%s: %s\n", ipmp_group_get_name(group), ipmp_group_get_state(group));
    for (char **name = members; *name != NULL; name++) {
        IpmpInterface *member = ipmp_client_get_interface(client, *name);
        if (member == NULL)
            continue;
        g_autofree char *addresses = g_strjoinv(" ", (char **)ipmp_interface_get_addresses(member));
        printf("  %s: %s, carries %s\n", *name, ipmp_interface_get_state(member),
               *addresses != '\0' ? addresses : "nothing");
    }
}

int main(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(IpmpClient) client = ipmp_client_new_sync(NULL, NULL, &error);

    if (client == NULL) {
        fprintf(stderr, "%s\n", error->message);
        return 1;
    }
    if (!ipmp_client_get_running(client)) {
        fprintf(stderr, "the service is not running\n");
        return 1;
    }
    g_autoptr(GPtrArray) groups = ipmp_client_dup_groups(client);
    for (guint i = 0; i < groups->len; i++)
        print_group(client, groups->pdata[i]);
    return 0;
}
