/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service.h"

#include "bus-error.h"
#include "export.h"

typedef struct {
    IpmpdService *service;
    GDBusMethodInvocation *invocation; /* taken by the answer */
    const IpmpdChange *change;
    IpmpdOrder *order;
    IpmpdTicket ticket;
    char *reply_path;
} Call;

static void call_free(Call *call)
{
    g_clear_pointer(&call->order, ipmpd_order_free);
    g_free(call->reply_path);
    g_free(call);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Call, call_free)

static void call_succeed(Call *call)
{
    GVariant *reply =
        call->reply_path != NULL ? g_variant_new("(o)", call->reply_path) : g_variant_new("()");

    /* Whoever keeps properties has the new ones when the answer arrives. */
    if (call->service->export != NULL)
        ipmpd_export_flush(call->service->export);
    g_dbus_method_invocation_return_value(call->invocation, reply);
}

static void on_changed(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(Call) call = user_data;
    g_autoptr(GError) error = NULL;

    if (ipmpd_changes_finish(result, &error))
        call_succeed(call);
    else
        ipmpd_error_return(call->invocation, error);
}

static void on_authorised(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(Call) call = user_data;
    g_autoptr(GError) error = NULL;
    IpmpdOrder *order;

    if (!ipmpd_authority_finish(result, &error)) {
        ipmpd_error_return(call->invocation, error);
        return;
    }
    order = g_steal_pointer(&call->order);
    ipmpd_changes_submit(call->service->changes, call->change, order, call->ticket, on_changed,
                         call);
    g_steal_pointer(&call);
}

void ipmpd_service_change(IpmpdService *service, GDBusMethodInvocation *invocation,
                          const IpmpdChange *change, IpmpdOrder *order, char *reply_path)
{
    g_autoptr(Call) call = g_new0(Call, 1);
    g_autoptr(GError) error = NULL;
    IpmpdDetails details = {order->group, order->interface, order->address};

    call->service = service;
    call->invocation = invocation;
    call->change = change;
    call->order = order;
    call->reply_path = reply_path;
    if (!ipmpd_changes_try(service->changes, change, order, &call->ticket, &error)) {
        ipmpd_error_return(invocation, error);
        return;
    }
    ipmpd_authority_check(service->authority, invocation, &details, on_authorised,
                          g_steal_pointer(&call));
}
