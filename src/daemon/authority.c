/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "authority.h"

#include "bus-error.h"
#include "log.h"
#include <polkit/polkit.h>

/* A user may have so many questions open at polkit; a dialogue may stay open for long, and each
 * question costs memory here and there. */
#define OPEN_QUESTIONS_MAX 32u

/* Each open question holds a reference. */
struct IpmpdAuthority {
    GCancellable *cancellable;
    GHashTable *open;        /* user id -> number of questions */
    PolkitAuthority *polkit; /* NULL until it was found; finding it again would take a round trip */
};

typedef struct {
    IpmpdAuthority *authority;
    const char *action;
    PolkitDetails *details;
    PolkitCheckAuthorizationFlags flags;
    gboolean may_interact;
    gboolean counted;
    guint uid;
} Question;

static guint open_count(GHashTable *open, guint uid)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(open, GUINT_TO_POINTER(uid)));
}

static void open_set(GHashTable *open, guint uid, guint n)
{
    if (n == 0)
        g_hash_table_remove(open, GUINT_TO_POINTER(uid));
    else
        g_hash_table_insert(open, GUINT_TO_POINTER(uid), GUINT_TO_POINTER(n));
}

static void authority_clear(gpointer data)
{
    IpmpdAuthority *authority = data;

    g_object_unref(authority->cancellable);
    g_hash_table_unref(authority->open);
    g_clear_object(&authority->polkit);
}

static void question_free(gpointer data)
{
    Question *question = data;
    GHashTable *open = question->authority->open;

    if (question->counted)
        open_set(open, question->uid, open_count(open, question->uid) - 1);
    g_rc_box_release_full(question->authority, authority_clear);
    g_clear_object(&question->details);
    g_free(question);
}

static void question_refuse(GTask *task, IpmpdAccess code, const char *text)
{
    Question *question = g_task_get_task_data(task);

    g_task_return_new_error(task, IPMPD_ACCESS, code, "%s (polkit action %s)", text,
                            question->action);
}

static void question_answer(GTask *task, PolkitAuthorizationResult *result)
{
    Question *question = g_task_get_task_data(task);

    if (polkit_authorization_result_get_is_authorized(result))
        g_task_return_boolean(task, TRUE);
    else if (!polkit_authorization_result_get_is_challenge(result))
        question_refuse(task, IPMPD_ACCESS_DENIED, "not authorised");
    else if (question->may_interact)
        question_refuse(task, IPMPD_ACCESS_INTERACTION_REQUIRED,
                        "a password is needed, and nobody could be asked for it");
    else
        question_refuse(task, IPMPD_ACCESS_INTERACTION_REQUIRED,
                        "a password is needed, and the call does not allow to ask for it");
}

/* polkit that cannot be asked is no permission. */
static void question_fail(GTask *task, const GError *error)
{
    g_autofree char *text = g_strdup_printf("polkit could not be asked: %s", error->message);

    ipmpd_log_warning(IPMPD_TOPIC_AUTHORITY, "%s", text);
    question_refuse(task, IPMPD_ACCESS_DENIED, text);
}

static void on_checked(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GTask) task = user_data;
    g_autoptr(GError) error = NULL;
    g_autoptr(PolkitAuthorizationResult) answer =
        polkit_authority_check_authorization_finish(POLKIT_AUTHORITY(source), result, &error);

    if (answer == NULL)
        question_fail(task, error);
    else
        question_answer(task, answer);
}

static void question_put(GTask *task)
{
    Question *question = g_task_get_task_data(task);
    GDBusMethodInvocation *invocation = g_task_get_source_object(task);
    g_autoptr(PolkitSubject) subject =
        polkit_system_bus_name_new(g_dbus_method_invocation_get_sender(invocation));

    polkit_authority_check_authorization(
        question->authority->polkit, subject, question->action, question->details, question->flags,
        g_task_get_cancellable(task), on_checked, g_object_ref(task));
}

static void on_polkit_found(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GTask) task = user_data;
    g_autoptr(GError) error = NULL;
    g_autoptr(PolkitAuthority) polkit = polkit_authority_get_finish(result, &error);
    Question *question = g_task_get_task_data(task);

    if (polkit == NULL) {
        question_fail(task, error);
        return;
    }
    g_set_object(&question->authority->polkit, polkit);
    question_put(task);
}

static void question_ask(GTask *task)
{
    Question *question = g_task_get_task_data(task);
    GHashTable *open = question->authority->open;
    guint n = open_count(open, question->uid);

    if (n >= OPEN_QUESTIONS_MAX) {
        g_task_return_new_error(task, MP_ERROR, MP_ERROR_LIMIT_REACHED,
                                "%u requests of user %u wait for authorisation already", n,
                                question->uid);
        return;
    }
    open_set(open, question->uid, n + 1);
    question->counted = TRUE;
    if (question->authority->polkit != NULL)
        question_put(task);
    else
        polkit_authority_get_async(g_task_get_cancellable(task), on_polkit_found,
                                   g_object_ref(task));
}

static void on_user_known(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GTask) task = user_data;
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) reply =
        g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, &error);
    Question *question = g_task_get_task_data(task);

    if (reply == NULL) {
        g_autofree char *text = g_strdup_printf("the caller is not known: %s", error->message);
        question_refuse(task, IPMPD_ACCESS_DENIED, text);
        return;
    }
    g_variant_get(reply, "(u)", &question->uid);
    if (question->uid == 0)
        g_task_return_boolean(task, TRUE);
    else
        question_ask(task);
}

static Question *question_new(IpmpdAuthority *authority, GDBusMethodInvocation *invocation,
                              const char *action, const IpmpdDetails *details)
{
    Question *question = g_new0(Question, 1);
    GDBusMessage *message = g_dbus_method_invocation_get_message(invocation);

    question->authority = g_rc_box_acquire(authority);
    question->action = action;
    question->may_interact = (g_dbus_message_get_flags(message) &
                              G_DBUS_MESSAGE_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION) != 0;
    question->flags = question->may_interact
                          ? POLKIT_CHECK_AUTHORIZATION_FLAGS_ALLOW_USER_INTERACTION
                          : POLKIT_CHECK_AUTHORIZATION_FLAGS_NONE;
    question->details = polkit_details_new();
    polkit_details_insert(question->details, "group", details->group ? details->group : "");
    polkit_details_insert(question->details, "interface",
                          details->interface ? details->interface : "");
    polkit_details_insert(question->details, "address", details->address ? details->address : "");
    return question;
}

void ipmpd_authority_check(IpmpdAuthority *authority, GDBusMethodInvocation *invocation,
                           const IpmpdDetails *details, GAsyncReadyCallback callback,
                           gpointer user_data)
{
    const char *interface = g_dbus_method_invocation_get_interface_name(invocation);
    const char *method = g_dbus_method_invocation_get_method_name(invocation);
    const IpmpdMethod *row = ipmpd_method_find(interface, method);
    g_autoptr(GTask) task = g_task_new(invocation, authority->cancellable, callback, user_data);

    /* Whoever asks has something to guard: a row without an action does not open it. */
    if (row == NULL || row->action == NULL) {
        g_task_return_new_error(task, IPMPD_ACCESS, IPMPD_ACCESS_DENIED,
                                "%s.%s is not open to anybody", interface, method);
        return;
    }
    g_task_set_check_cancellable(task, FALSE);
    g_task_set_task_data(task, question_new(authority, invocation, row->action, details),
                         question_free);
    g_dbus_connection_call(g_dbus_method_invocation_get_connection(invocation),
                           "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                           "GetConnectionUnixUser",
                           g_variant_new("(s)", g_dbus_method_invocation_get_sender(invocation)),
                           G_VARIANT_TYPE("(u)"), G_DBUS_CALL_FLAGS_NONE, -1,
                           authority->cancellable, on_user_known, g_object_ref(task));
}

gboolean ipmpd_authority_finish(GAsyncResult *result, GError **error)
{
    return g_task_propagate_boolean(G_TASK(result), error);
}

guint ipmpd_authority_get_user(GAsyncResult *result)
{
    Question *question = g_task_get_task_data(G_TASK(result));

    return question->uid;
}

IpmpdAuthority *ipmpd_authority_new(void)
{
    IpmpdAuthority *authority = g_rc_box_new0(IpmpdAuthority);

    authority->cancellable = g_cancellable_new();
    authority->open = g_hash_table_new(NULL, NULL);
    return authority;
}

void ipmpd_authority_free(IpmpdAuthority *authority)
{
    g_cancellable_cancel(authority->cancellable);
    g_rc_box_release_full(authority, authority_clear);
}
