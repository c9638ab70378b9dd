/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "managers.h"

#include "error.h"

#include <string.h>

#define NM_NAME "org.freedesktop.NetworkManager"
#define NM_ACTIVATION_EXTERNAL 0x80u /* NMActivationStateFlags: it only watches */
#define ANSWER_MS 2000

typedef struct {
    MpSnapshot *snapshot;
    GArray *found; /* MpManager */
} Look;

static void look_free(Look *look)
{
    mp_snapshot_unref(look->snapshot);
    g_array_unref(look->found);
    g_free(look);
}

static void look_add(Look *look, guint index, MpManagerKind kind, gboolean keeps)
{
    const MpManager manager = {index, kind, keeps};

    g_array_append_val(look->found, manager);
}

/* Files -------------------------------------------------------------------------------------------
 */

static void read_file(GPtrArray *texts, const char *path)
{
    g_autofree char *text = NULL;

    if (g_file_get_contents(path, &text, NULL, NULL))
        g_ptr_array_add(texts, g_steal_pointer(&text));
}

static gint compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* All *.conf of it, by name. */
static void read_directory(GPtrArray *texts, const char *path)
{
    g_autoptr(GDir) directory = g_dir_open(path, 0, NULL);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    const char *name;

    while (directory != NULL && (name = g_dir_read_name(directory)) != NULL) {
        if (g_str_has_suffix(name, ".conf"))
            g_ptr_array_add(names, g_strdup(name));
    }
    g_ptr_array_sort(names, compare_names);
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *file = g_build_filename(path, names->pdata[i], NULL);

        read_file(texts, file);
    }
}

/* networkd ----------------------------------------------------------------------------------------
 */

typedef struct {
    char *state, *file;
} LinkState;

static void on_link_setting(const char *section, const char *key, const char *value,
                            gpointer user_data)
{
    LinkState *link = user_data;
    char **place = g_strcmp0(key, "ADMIN_STATE") == 0    ? &link->state
                   : g_strcmp0(key, "NETWORK_FILE") == 0 ? &link->file
                                                         : NULL;

    if (place == NULL)
        return;
    g_free(*place);
    *place = g_strdup(value);
}

static gboolean networkd_keeps(const char *file)
{
    static const char *const roots[] = {"/usr/lib", "/run", "/etc"};
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *name = g_path_get_basename(file);

    read_file(texts, file);
    for (guint i = 0; i < G_N_ELEMENTS(roots); i++) {
        g_autofree char *drop_ins = g_strdup_printf("%s/systemd/network/%s.d", roots[i], name);

        read_directory(texts, drop_ins);
    }
    return mp_manager_keeps_configuration(texts);
}

/* By the file in which networkd keeps what it does with a link. */
static void look_at_networkd(Look *look, guint index)
{
    g_autofree char *path = g_strdup_printf("/run/systemd/netif/links/%u", index);
    g_autofree char *text = NULL;
    LinkState link = {0};

    if (!g_file_get_contents(path, &text, NULL, NULL))
        return;
    mp_settings_each(text, on_link_setting, &link);
    if (link.file != NULL && g_strcmp0(link.state, "unmanaged") != 0)
        look_add(look, index, MP_MANAGER_NETWORKD, networkd_keeps(link.file));
    g_free(link.state);
    g_free(link.file);
}

/* NetworkManager ----------------------------------------------------------------------------------
 */

static GPtrArray *network_manager_files(void)
{
    GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);

    read_directory(texts, "/usr/lib/NetworkManager/conf.d");
    read_directory(texts, "/run/NetworkManager/conf.d");
    read_file(texts, "/etc/NetworkManager/NetworkManager.conf");
    read_directory(texts, "/etc/NetworkManager/conf.d");
    return texts;
}

/* What the administrator has put on a device by other means is only watched. */
static gboolean is_external(GVariant *objects, const char *active)
{
    g_autoptr(GVariant) interfaces =
        g_variant_lookup_value(objects, active, G_VARIANT_TYPE("a{sa{sv}}"));
    g_autoptr(GVariant) properties =
        interfaces != NULL ? g_variant_lookup_value(interfaces, NM_NAME ".Connection.Active",
                                                    G_VARIANT_TYPE_VARDICT)
                           : NULL;
    guint32 flags = 0;

    return properties != NULL && g_variant_lookup(properties, "StateFlags", "u", &flags) &&
           (flags & NM_ACTIVATION_EXTERNAL) != 0;
}

static const MpSnapshotInterface *find_member(const MpSnapshot *snapshot, const char *name)
{
    const MpSnapshotInterface *member = mp_snapshot_find_interface(snapshot, name);

    return member != NULL && member->index != 0 ? member : NULL;
}

static void look_at_device(Look *look, GVariant *objects, GVariant *device, const GPtrArray *texts)
{
    const MpSnapshotInterface *member;
    const char *name = NULL, *active = NULL;
    gboolean managed = FALSE;

    g_variant_lookup(device, "Interface", "&s", &name);
    g_variant_lookup(device, "ActiveConnection", "&o", &active);
    g_variant_lookup(device, "Managed", "b", &managed);
    member = name != NULL && managed ? find_member(look->snapshot, name) : NULL;
    if (member != NULL && (active == NULL || !is_external(objects, active)))
        look_add(look, member->index, MP_MANAGER_NETWORK_MANAGER,
                 mp_manager_ignores_carrier(texts, name, member->hardware_address));
}

static void look_at_network_manager(Look *look, GVariant *objects)
{
    g_autoptr(GPtrArray) texts = network_manager_files();
    GVariantIter iter;
    const char *path;
    GVariant *interfaces;

    g_variant_iter_init(&iter, objects);
    while (g_variant_iter_loop(&iter, "{&o@a{sa{sv}}}", &path, &interfaces)) {
        g_autoptr(GVariant) device =
            g_variant_lookup_value(interfaces, NM_NAME ".Device", G_VARIANT_TYPE_VARDICT);

        if (device != NULL)
            look_at_device(look, objects, device, texts);
    }
}

static void on_objects(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GTask) task = user_data;
    g_autoptr(GVariant) answer =
        g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, NULL);
    Look *look = g_task_get_task_data(task);

    if (answer != NULL) {
        g_autoptr(GVariant) objects = g_variant_get_child_value(answer, 0);

        look_at_network_manager(look, objects);
    }
    if (g_cancellable_is_cancelled(g_task_get_cancellable(task)))
        g_task_return_new_error(task, MP_ERROR, MP_ERROR_FAILED, "the service is stopping");
    else
        g_task_return_pointer(task, g_array_ref(look->found), (GDestroyNotify)g_array_unref);
}

/* Looking -----------------------------------------------------------------------------------------
 */

void ipmpd_managers_look(GDBusConnection *bus, const MpSnapshot *snapshot,
                         GCancellable *cancellable, GAsyncReadyCallback callback,
                         gpointer user_data)
{
    GTask *task = g_task_new(NULL, cancellable, callback, user_data);
    Look *look = g_new0(Look, 1);

    look->snapshot = mp_snapshot_ref((MpSnapshot *)snapshot);
    look->found = g_array_new(FALSE, TRUE, sizeof(MpManager));
    g_task_set_check_cancellable(task, FALSE); /* says so itself */
    g_task_set_task_data(task, look, (GDestroyNotify)look_free);
    for (guint i = 0; i < snapshot->groups->len; i++) {
        const MpSnapshotGroup *group = snapshot->groups->pdata[i];

        for (guint j = 0; j < group->interfaces->len && !group->anonymous; j++) {
            const MpSnapshotInterface *member = group->interfaces->pdata[j];

            if (member->index != 0)
                look_at_networkd(look, member->index);
        }
    }
    g_dbus_connection_call(bus, NM_NAME, "/org/freedesktop", "org.freedesktop.DBus.ObjectManager",
                           "GetManagedObjects", NULL, G_VARIANT_TYPE("(a{oa{sa{sv}}})"),
                           G_DBUS_CALL_FLAGS_NO_AUTO_START, ANSWER_MS, cancellable, on_objects,
                           task);
}

GArray *ipmpd_managers_finish(GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer(G_TASK(result), error);
}
