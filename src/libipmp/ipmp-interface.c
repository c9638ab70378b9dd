/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An interface: how it comes to be, and its signals. What it knows is in
 * ipmp-interface-state.c,
 * its calls are in ipmp-interface-calls.c. */
#include "ipmp-private.h"

enum { SIGNAL_CHANGED, SIGNAL_STATE_CHANGED, SIGNAL_PROBE_COMPLETED, N_SIGNALS };

static guint signals[N_SIGNALS];

/**
 * IpmpInterface:
 *
 * A member of a group, or a watched interface of none, made by its [class@Ipmp.Client] and of the
 * same thread. It may be kept when it or the client is gone: it says what was last known, and calls
 * fail with %IPMP_ERROR_NO_SUCH_INTERFACE.
 */
G_DEFINE_FINAL_TYPE(IpmpInterface, ipmp_interface, G_TYPE_OBJECT)

static void on_properties_changed(IpmpInterface *self, GVariant *changed,
                                  const char *const *invalidated)
{
    ipmp_properties_notify(G_OBJECT(self), ipmp_interface_properties, ipmp_interface_n_properties,
                           changed, invalidated);
    g_signal_emit(self, signals[SIGNAL_CHANGED], 0);
}

static void on_state_changed(IpmpInterface *self, const char *old, const char *new,
                             const char *reason)
{
    g_signal_emit(self, signals[SIGNAL_STATE_CHANGED], 0, old, new, reason);
}

static void on_probe_completed(IpmpInterface *self, guint64 sequence, const char *target,
                               const char *result, guint64 sent, guint64 network_rtt, guint64 rtt,
                               guint64 average, guint64 deviation)
{
    g_autoptr(GVariant) probe = g_variant_ref_sink(
        g_variant_new_parsed("{'sequence': <%t>, 'target': <%s>, 'result': <%s>, 'sent-usec': <%t>,"
                             " 'network-rtt-usec': <%t>, 'rtt-usec': <%t>, 'average-usec': <%t>,"
                             " 'deviation-usec': <%t>}",
                             sequence, target, result, sent, network_rtt, rtt, average, deviation));

    g_signal_emit(self, signals[SIGNAL_PROBE_COMPLETED], 0, probe);
}

static void ipmp_interface_dispose(GObject *object)
{
    IpmpInterface *self = IPMP_INTERFACE(object);

    g_signal_handlers_disconnect_by_data(self->proxy, self);
    G_OBJECT_CLASS(ipmp_interface_parent_class)->dispose(object);
}

static void ipmp_interface_finalize(GObject *object)
{
    g_clear_object(&IPMP_INTERFACE(object)->proxy);
    g_clear_pointer(&IPMP_INTERFACE(object)->context, ipmp_context_unref);
    G_OBJECT_CLASS(ipmp_interface_parent_class)->finalize(object);
}

static void ipmp_interface_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    ipmp_property_get(object, &ipmp_interface_properties[id - 1], value);
}

static void ipmp_interface_class_init(IpmpInterfaceClass *class)
{
    GType type = G_TYPE_FROM_CLASS(class);

    G_OBJECT_CLASS(class)->get_property = ipmp_interface_get_property;
    G_OBJECT_CLASS(class)->dispose = ipmp_interface_dispose;
    G_OBJECT_CLASS(class)->finalize = ipmp_interface_finalize;
    ipmp_properties_install(G_OBJECT_CLASS(class), ipmp_interface_properties,
                            ipmp_interface_n_properties);

    /**
     * IpmpInterface::changed:
     * @self: an interface
     *
     * Something that the getters tell has changed.
     */
    signals[SIGNAL_CHANGED] =
        g_signal_new("changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
    /**
     * IpmpInterface::state-changed:
     * @self: an interface
     * @old: the state that was
     * @new: the state that is
     * @reason: why
     *
     * The state has changed.
     */
    signals[SIGNAL_STATE_CHANGED] =
        g_signal_new("state-changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 3,
                     G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING);
    /**
     * IpmpInterface::probe-completed:
     * @self: an interface
     * @probe: a{sv}: "sequence" t, "target" s, "result" s ("acked", "lost"), "sent-usec" t,
     *   "network-rtt-usec" t, "rtt-usec" t, "average-usec" t, "deviation-usec" t
     *
     * A probe was answered or lost; only after [method@Ipmp.Client.watch_probes_sync].
     */
    signals[SIGNAL_PROBE_COMPLETED] =
        g_signal_new("probe-completed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                     1, G_TYPE_VARIANT);
}

static void ipmp_interface_init(IpmpInterface *self)
{
}

static void interface_follow(IpmpInterface *self)
{
    g_signal_connect_object(self->proxy, "g-properties-changed", G_CALLBACK(on_properties_changed),
                            self, G_CONNECT_SWAPPED);
    g_signal_connect_object(self->proxy, "state-changed", G_CALLBACK(on_state_changed), self,
                            G_CONNECT_SWAPPED);
    g_signal_connect_object(self->proxy, "probe-completed", G_CALLBACK(on_probe_completed), self,
                            G_CONNECT_SWAPPED);
}

IpmpInterface *ipmp_interface_new(IpmpDbusInterface *proxy, IpmpContext *context)
{
    IpmpInterface *self = g_object_new(IPMP_TYPE_INTERFACE, NULL);

    self->proxy = g_object_ref(proxy);
    self->context = ipmp_context_ref(context);
    interface_follow(self);
    return self;
}

/* The object is the same, but what tells of it is another one, which may know more. */
void ipmp_interface_set_proxy(IpmpInterface *self, IpmpDbusInterface *proxy)
{
    g_signal_handlers_disconnect_by_data(self->proxy, self);
    g_set_object(&self->proxy, proxy);
    interface_follow(self);
    ipmp_properties_notify_all(G_OBJECT(self), ipmp_interface_properties,
                               ipmp_interface_n_properties);
    g_signal_emit(self, signals[SIGNAL_CHANGED], 0);
}
