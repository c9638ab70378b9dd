/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writing what differs between two configurations. First a plan for all files is made, with all
 * refusals; then it is carried out as one transaction. */
#include "config-file.h"
#include "error.h"
#include "store-private.h"
#include "transaction.h"
#include <string.h>

/* Where a group's text will be after a change. */
typedef struct {
    char *group;
    MpOrigin origin;
    char *path;
} Destination;

typedef struct {
    IpmpdStore *store;
    const MpConfig *before;
    const MpConfig *after;
    gboolean temporary;
    IpmpdTransaction *transaction;
    GPtrArray *places;       /* IpmpdPlace of what changes: to be remembered afterwards */
    GPtrArray *destinations; /* Destination */
} Plan;

static void destination_free(gpointer data)
{
    Destination *destination = data;

    g_free(destination->group);
    g_free(destination->path);
    g_free(destination);
}

static Plan *plan_new(IpmpdStore *store, const MpConfig *before, const MpConfig *after,
                      gboolean temporary)
{
    Plan *plan = g_new0(Plan, 1);

    plan->store = store;
    plan->before = before;
    plan->after = after;
    plan->temporary = temporary;
    plan->transaction = ipmpd_transaction_new();
    plan->places = g_ptr_array_new_with_free_func((GDestroyNotify)ipmpd_place_free);
    plan->destinations = g_ptr_array_new_with_free_func(destination_free);
    return plan;
}

static void plan_free(Plan *plan)
{
    ipmpd_transaction_free(plan->transaction);
    g_ptr_array_unref(plan->places);
    g_ptr_array_unref(plan->destinations);
    g_free(plan);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Plan, plan_free)

/* Refusals */

static gboolean place_is_unchanged(const Plan *plan, const IpmpdPlace *place, GError **error)
{
    for (guint i = 0; i < IPMPD_N_ORIGINS; i++) {
        if (place->paths[i] == NULL ||
            ipmpd_file_same(g_hash_table_lookup(plan->store->files, place->paths[i]),
                            place->files[i]))
            continue;
        g_set_error(error, MP_ERROR, MP_ERROR_CONFIG_CHANGED,
                    "%s was changed by hand since it was read; `ipmpctl reload` reads it again",
                    place->paths[i]);
        return FALSE;
    }
    return TRUE;
}

static gboolean refuse_masked(const IpmpdPlace *place, GError **error)
{
    const char *path = place->paths[MP_ORIGIN_RUNTIME];

    if (place->group != NULL)
        g_set_error(error, MP_ERROR, MP_ERROR_BUSY,
                    "group %s has temporary changes (%s); `ipmpctl save %s` makes them permanent, "
                    "`ipmpctl reload` after removing the file drops them",
                    place->group, path, place->group);
    else
        g_set_error(error, MP_ERROR, MP_ERROR_BUSY,
                    "the defaults have temporary changes (%s); remove the file and use `ipmpctl "
                    "reload`, or change them temporarily",
                    path);
    return FALSE;
}

/* A file that is there, but whose group is not: nobody knows what it was meant to say. */
static gboolean refuse_unread(const IpmpdPlace *place, MpOrigin origin, GError **error)
{
    g_set_error(error, MP_ERROR, MP_ERROR_INVALID_CONFIG,
                "%s is there, but was refused when it was read; mend or remove it",
                place->paths[origin]);
    return FALSE;
}

static gboolean text_of(const IpmpdFile *file, const char **out_text)
{
    *out_text = file != NULL && file->kind == IPMPD_FILE_TEXT ? file->text : NULL;
    return *out_text != NULL;
}

static gboolean place_has_text(const IpmpdPlace *place, MpOrigin origin)
{
    return place->files[origin] != NULL && place->files[origin]->kind == IPMPD_FILE_TEXT;
}

/* Groups and defaults that are new or differ */

static void plan_write(Plan *plan, const IpmpdPlace *place, MpOrigin origin, const char *text)
{
    /* An empty file would be a mask. */
    const char *whole = *text != '\0' ? text : place->group != NULL ? "[Group]\n" : "[Defaults]\n";
    Destination *destination = NULL;

    ipmpd_transaction_write(plan->transaction, place->paths[origin], whole, place->files[origin]);
    if (place->group == NULL)
        return;
    destination = g_new0(Destination, 1);
    destination->group = g_strdup(place->group);
    destination->origin = origin;
    destination->path = g_strdup(place->paths[origin]);
    g_ptr_array_add(plan->destinations, destination);
}

/* `save`: the group is the same and has been told to be permanent. */
static gboolean plan_is_promotion(const Plan *plan, const char *group)
{
    const MpGroupConfig *before = group != NULL ? mp_config_find(plan->before, group) : NULL;
    const MpGroupConfig *after = group != NULL ? mp_config_find(plan->after, group) : NULL;

    return !plan->temporary && before != NULL && after != NULL &&
           before->origin == MP_ORIGIN_RUNTIME && after->origin == MP_ORIGIN_ETC;
}

static gboolean plan_put(Plan *plan, const IpmpdPlace *place, const char *text, GError **error)
{
    IpmpdFile *runtime = place->files[MP_ORIGIN_RUNTIME];

    if (plan->temporary) {
        plan_write(plan, place, MP_ORIGIN_RUNTIME, text);
        return TRUE;
    }
    if (runtime->kind == IPMPD_FILE_TEXT && !plan_is_promotion(plan, place->group))
        return refuse_masked(place, error);
    if (place->files[MP_ORIGIN_ETC]->kind == IPMPD_FILE_BAD)
        return refuse_unread(place, MP_ORIGIN_ETC, error);
    plan_write(plan, place, MP_ORIGIN_ETC, text);
    if (runtime->kind != IPMPD_FILE_ABSENT)
        ipmpd_transaction_remove(plan->transaction, place->paths[MP_ORIGIN_RUNTIME], runtime);
    return TRUE;
}

/* What will be written must be read as what was meant: a fault of ours is found before it can cost
 * somebody a group at the next start. */
static gboolean group_text_check(const char *text, const MpConfig *after,
                                 const MpGroupConfig *group, GError **error)
{
    g_autoptr(GError) local_error = NULL;
    g_autoptr(MpGroupConfig) again = mp_config_parse_group(
        text, strlen(text), group->name, group->name, &after->defaults, NULL, &local_error);

    if (again != NULL && mp_group_config_equal(again, group))
        return TRUE;
    g_set_error(error, MP_ERROR, MP_ERROR_FAILED,
                "group %s cannot be written so that it would be read the same: %s", group->name,
                local_error != NULL ? local_error->message : "its text says something else");
    return FALSE;
}

static gboolean plan_group(Plan *plan, const MpGroupConfig *group, GError **error)
{
    const MpGroupConfig *before = mp_config_find(plan->before, group->name);
    IpmpdPlace *place = NULL;
    const char *old_text = NULL;
    g_autofree char *text = NULL;
    MpOrigin origin = MP_ORIGIN_ETC;
    gboolean present = FALSE;

    if (before != NULL && mp_group_config_equal(before, group) &&
        !plan_is_promotion(plan, group->name))
        return TRUE;
    place = ipmpd_place_read(plan->store, group->name);
    g_ptr_array_add(plan->places, place);
    present = ipmpd_place_find(place, &origin) && (text_of(place->files[origin], &old_text) ||
                                                   place->files[origin]->kind == IPMPD_FILE_BAD);
    text = mp_config_edit_group(old_text, group);
    if (before != NULL && g_strcmp0(text, old_text) == 0 && !plan_is_promotion(plan, group->name))
        return TRUE; /* only inherited values differ */
    if (!place_is_unchanged(plan, place, error) ||
        !group_text_check(text, plan->after, group, error))
        return FALSE;
    if (before == NULL && present)
        return refuse_unread(place, origin, error);
    return plan_put(plan, place, text, error);
}

static gboolean plan_defaults(Plan *plan, GError **error)
{
    IpmpdPlace *place = NULL;
    const char *old_text = NULL;
    g_autofree char *text = NULL;
    MpOrigin origin = MP_ORIGIN_ETC;

    if (mp_defaults_equal(&plan->before->defaults, &plan->after->defaults))
        return TRUE;
    place = ipmpd_place_read(plan->store, NULL);
    g_ptr_array_add(plan->places, place);
    if (ipmpd_place_find(place, &origin) && text_of(place->files[origin], &old_text)) {
        MpDefaults ignored;

        if (!mp_config_parse_defaults(old_text, place->files[origin]->length, place->paths[origin],
                                      &ignored, NULL, NULL))
            return refuse_unread(place, origin, error);
    }
    text = mp_config_edit_defaults(old_text, &plan->after->defaults);
    return place_is_unchanged(plan, place, error) && plan_put(plan, place, text, error);
}

/* Groups that are gone */

static void plan_clear_permanent(Plan *plan, const IpmpdPlace *place)
{
    IpmpdFile *file = place->files[MP_ORIGIN_ETC];

    if (place_has_text(place, MP_ORIGIN_VENDOR))
        ipmpd_transaction_mask(plan->transaction, place->paths[MP_ORIGIN_ETC], file);
    else if (file->kind != IPMPD_FILE_ABSENT)
        ipmpd_transaction_remove(plan->transaction, place->paths[MP_ORIGIN_ETC], file);
}

static void plan_clear_temporary(Plan *plan, const IpmpdPlace *place, gboolean beneath)
{
    IpmpdFile *file = place->files[MP_ORIGIN_RUNTIME];

    if (beneath)
        ipmpd_transaction_mask(plan->transaction, place->paths[MP_ORIGIN_RUNTIME], file);
    else if (file->kind != IPMPD_FILE_ABSENT)
        ipmpd_transaction_remove(plan->transaction, place->paths[MP_ORIGIN_RUNTIME], file);
}

/* Whether the group would be there without its temporary file. */
static gboolean place_has_permanent(const IpmpdPlace *place)
{
    return place_has_text(place, MP_ORIGIN_ETC) ||
           (place->files[MP_ORIGIN_ETC]->kind == IPMPD_FILE_ABSENT &&
            place_has_text(place, MP_ORIGIN_VENDOR));
}

static gboolean plan_removal(Plan *plan, const char *group, GError **error)
{
    IpmpdPlace *place = ipmpd_place_read(plan->store, group);
    gboolean permanent = place_has_permanent(place);

    g_ptr_array_add(plan->places, place);
    if (!place_is_unchanged(plan, place, error))
        return FALSE;
    if (plan->temporary || !permanent)
        plan_clear_temporary(plan, place, permanent);
    else if (place_has_text(place, MP_ORIGIN_RUNTIME))
        return refuse_masked(place, error);
    else
        plan_clear_permanent(plan, place);
    return TRUE;
}

static gboolean plan_make(Plan *plan, GError **error)
{
    if (!plan_defaults(plan, error))
        return FALSE;
    for (guint i = 0; i < plan->before->groups->len; i++) {
        const MpGroupConfig *group = plan->before->groups->pdata[i];

        if (mp_config_find(plan->after, group->name) == NULL &&
            !plan_removal(plan, group->name, error))
            return FALSE;
    }
    for (guint i = 0; i < plan->after->groups->len; i++) {
        if (!plan_group(plan, plan->after->groups->pdata[i], error))
            return FALSE;
    }
    return TRUE;
}

/* Afterwards */

static void store_remember_place(IpmpdStore *store, const IpmpdPlace *old)
{
    g_autoptr(IpmpdPlace) place = ipmpd_place_read(store, old->group);

    for (guint i = 0; i < IPMPD_N_ORIGINS; i++) {
        if (place->files[i] == NULL)
            continue;
        if (place->files[i]->kind == IPMPD_FILE_ABSENT)
            g_hash_table_remove(store->files, place->paths[i]);
        else
            g_hash_table_insert(store->files, g_strdup(place->paths[i]),
                                ipmpd_file_ref(place->files[i]));
    }
}

static void group_set_file(MpGroupConfig *group, MpOrigin origin, const char *path)
{
    char *copy = g_strdup(path);

    g_free(group->path);
    group->path = copy;
    group->origin = origin;
}

static void plan_note_origins(const Plan *plan, MpConfig *after)
{
    for (guint i = 0; i < after->groups->len; i++) {
        MpGroupConfig *group = after->groups->pdata[i];
        const MpGroupConfig *before = mp_config_find(plan->before, group->name);

        if (before != NULL)
            group_set_file(group, before->origin, before->path);
    }
    for (guint i = 0; i < plan->destinations->len; i++) {
        const Destination *destination = plan->destinations->pdata[i];

        group_set_file(mp_config_find(after, destination->group), destination->origin,
                       destination->path);
    }
}

gboolean ipmpd_store_check(IpmpdStore *store, const MpConfig *before, const MpConfig *after,
                           gboolean temporary, GError **error)
{
    g_autoptr(Plan) plan = plan_new(store, before, after, temporary);

    return plan_make(plan, error) && ipmpd_transaction_check(plan->transaction, error);
}

gboolean ipmpd_store_save(IpmpdStore *store, const MpConfig *before, MpConfig *after,
                          gboolean temporary, GError **error)
{
    g_autoptr(Plan) plan = plan_new(store, before, after, temporary);

    if (!plan_make(plan, error) || !ipmpd_transaction_commit(plan->transaction, error))
        return FALSE;
    for (guint i = 0; i < plan->places->len; i++)
        store_remember_place(store, plan->places->pdata[i]);
    plan_note_origins(plan, after);
    return TRUE;
}
