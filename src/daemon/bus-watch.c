/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus-watch.h"

#include "arguments.h"
#include "bus-error.h"

typedef struct {
    IpmpdService *service;
    GDBusMethodInvocation *invocation; /* taken by the answer */
    GStrv interfaces;                  /* NULL = all */
} Call;

static void call_free(Call *call)
{
    g_strfreev(call->interfaces);
    g_free(call);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Call, call_free)

/* The option "interfaces", NULL = it is not there. FALSE: answered with an error. */
static gboolean parse_interfaces(GDBusMethodInvocation *invocation, GVariant *options,
                                 GStrv *out_interfaces)
{
    static const IpmpdArgument allowed[] = {{"interfaces", "as"}, {NULL, NULL}};
    g_autoptr(GError) error = NULL;

    *out_interfaces = NULL;
    if (!ipmpd_arguments_check(options, allowed, "option", &error)) {
        ipmpd_error_return(invocation, error);
        return FALSE;
    }
    g_variant_lookup(options, "interfaces", "^as", out_interfaces);
    return TRUE;
}

static void on_authorised(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(Call) call = user_data;
    g_autoptr(GError) error = NULL;
    const char *const *interfaces = (const char *const *)call->interfaces;

    if (ipmpd_authority_finish(result, &error) &&
        /* Once more: one may have gone meanwhile. */
        ipmpd_watchers_check(interfaces, call->service->snapshot, &error) &&
        ipmpd_watchers_add(call->service->watchers,
                           g_dbus_method_invocation_get_sender(call->invocation),
                           ipmpd_authority_get_user(result), interfaces, &error))
        g_dbus_method_invocation_return_value(call->invocation, NULL);
    else
        ipmpd_error_return(call->invocation, error);
}

void ipmpd_bus_watch_probes(IpmpdService *service, GDBusMethodInvocation *invocation,
                            GVariant *options)
{
    g_autoptr(Call) call = g_new0(Call, 1);
    g_autoptr(GError) error = NULL;
    IpmpdDetails details = {NULL, NULL, NULL};

    call->service = service;
    call->invocation = invocation;
    if (!parse_interfaces(invocation, options, &call->interfaces))
        return;
    if (!ipmpd_watchers_check((const char *const *)call->interfaces, service->snapshot, &error)) {
        ipmpd_error_return(invocation, error);
        return;
    }
    if (call->interfaces != NULL && call->interfaces[1] == NULL)
        details.interface = call->interfaces[0];
    ipmpd_authority_check(service->authority, invocation, &details, on_authorised,
                          g_steal_pointer(&call));
}

void ipmpd_bus_unwatch_probes(IpmpdService *service, GDBusMethodInvocation *invocation,
                              GVariant *options)
{
    g_auto(GStrv) interfaces = NULL;
    g_autoptr(GError) error = NULL;

    if (!parse_interfaces(invocation, options, &interfaces))
        return;
    if (ipmpd_watchers_remove(service->watchers, g_dbus_method_invocation_get_sender(invocation),
                              (const char *const *)interfaces, service->snapshot, &error))
        g_dbus_method_invocation_return_value(invocation, NULL);
    else
        ipmpd_error_return(invocation, error);
}
