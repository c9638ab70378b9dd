/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus-check.h"

#include "arguments.h"
#include "bus-error.h"
#include "bus-value.h"

typedef struct {
    IpmpdService *service;
    GDBusMethodInvocation *invocation; /* taken by the answer */
} Call;

static GVariant *value_advice(const MpAdvice *advice)
{
    const struct {
        const char *name, *text;
    } entries[] = {
        {"severity", mp_severity_to_string(advice->severity)},
        {"code", mp_advice_code_to_string(advice->code)},
        {"group", advice->group},
        {"interface", advice->interface},
        {"message", advice->message},
        {"advice", advice->advice},
    };
    GVariantBuilder b;

    g_variant_builder_init(&b, G_VARIANT_TYPE_VARDICT);
    for (guint i = 0; i < G_N_ELEMENTS(entries); i++)
        g_variant_builder_add(&b, "{sv}", entries[i].name, ipmpd_value_text(entries[i].text));
    return g_variant_builder_end(&b);
}

static void on_checked(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autofree Call *call = user_data;
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) advice = ipmpd_checker_finish(result, &error);
    GVariantBuilder b;

    if (advice == NULL) {
        ipmpd_error_return(call->invocation, error);
        return;
    }
    g_variant_builder_init(&b, G_VARIANT_TYPE("aa{sv}"));
    for (guint i = 0; i < advice->len; i++)
        g_variant_builder_add_value(&b, value_advice(advice->pdata[i]));
    g_dbus_method_invocation_return_value(call->invocation, g_variant_new("(aa{sv})", &b));
}

static void on_authorised(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autofree Call *call = user_data;
    g_autoptr(GError) error = NULL;

    if (!ipmpd_authority_finish(result, &error)) {
        ipmpd_error_return(call->invocation, error);
        return;
    }
    ipmpd_checker_run(call->service->checker, on_checked, call);
    g_steal_pointer(&call);
}

void ipmpd_bus_check(IpmpdService *service, GDBusMethodInvocation *invocation, GVariant *options)
{
    static const IpmpdArgument none[] = {{NULL, NULL}};
    const IpmpdDetails details = {NULL, NULL, NULL};
    g_autoptr(GError) error = NULL;
    Call *call;

    if (!ipmpd_arguments_check(options, none, "option", &error)) {
        ipmpd_error_return(invocation, error);
        return;
    }
    call = g_new0(Call, 1);
    call->service = service;
    call->invocation = invocation;
    ipmpd_authority_check(service->authority, invocation, &details, on_authorised, call);
}
