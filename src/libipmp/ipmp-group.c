/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A group: how it comes to be, and its signals. What it knows is in ipmp-group-state.c,
 * its calls are in ipmp-group-calls.c. */
#include "ipmp-private.h"

enum { SIGNAL_CHANGED, SIGNAL_ADDRESS_MOVED, SIGNAL_FAILED, SIGNAL_REPAIRED, N_SIGNALS };

static guint signals[N_SIGNALS];

/**
 * IpmpGroup:
 *
 * A group, made by its [class@Ipmp.Client] and of the same thread. It may be kept when it or the
 * client is gone: it says what was last known, and calls fail with %IPMP_ERROR_NO_SUCH_GROUP.
 */
G_DEFINE_FINAL_TYPE(IpmpGroup, ipmp_group, G_TYPE_OBJECT)

static void on_properties_changed(IpmpGroup *self, GVariant *changed,
                                  const char *const *invalidated)
{
    ipmp_properties_notify(G_OBJECT(self), ipmp_group_properties, ipmp_group_n_properties, changed,
                           invalidated);
    g_signal_emit(self, signals[SIGNAL_CHANGED], 0);
}

static void on_failed(IpmpGroup *self)
{
    g_signal_emit(self, signals[SIGNAL_FAILED], 0);
}

static void on_repaired(IpmpGroup *self)
{
    g_signal_emit(self, signals[SIGNAL_REPAIRED], 0);
}

static void on_address_moved(IpmpGroup *self, const char *address, const char *from, const char *to,
                             const char *reason)
{
    g_autofree char *from_name = ipmp_path_to_name(from);
    g_autofree char *to_name = ipmp_path_to_name(to);

    g_signal_emit(self, signals[SIGNAL_ADDRESS_MOVED], 0, address, from_name, to_name, reason);
}

static void ipmp_group_dispose(GObject *object)
{
    IpmpGroup *self = IPMP_GROUP(object);

    g_signal_handlers_disconnect_by_data(self->proxy, self);
    G_OBJECT_CLASS(ipmp_group_parent_class)->dispose(object);
}

static void ipmp_group_finalize(GObject *object)
{
    g_clear_object(&IPMP_GROUP(object)->proxy);
    g_clear_pointer(&IPMP_GROUP(object)->context, ipmp_context_unref);
    G_OBJECT_CLASS(ipmp_group_parent_class)->finalize(object);
}

static void ipmp_group_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    ipmp_property_get(object, &ipmp_group_properties[id - 1], value);
}

static void ipmp_group_class_init(IpmpGroupClass *class)
{
    GType type = G_TYPE_FROM_CLASS(class);

    G_OBJECT_CLASS(class)->get_property = ipmp_group_get_property;
    G_OBJECT_CLASS(class)->dispose = ipmp_group_dispose;
    G_OBJECT_CLASS(class)->finalize = ipmp_group_finalize;
    ipmp_properties_install(G_OBJECT_CLASS(class), ipmp_group_properties, ipmp_group_n_properties);

    /**
     * IpmpGroup::changed:
     * @self: a group
     *
     * Something that the getters tell has changed.
     */
    signals[SIGNAL_CHANGED] =
        g_signal_new("changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
    /**
     * IpmpGroup::address-moved:
     * @self: a group
     * @address: the data address, with prefix length
     * @from: the interface it left, empty for nowhere
     * @to: the interface it is on now, empty for nowhere
     * @reason: why
     *
     * A data address is on another interface now.
     */
    signals[SIGNAL_ADDRESS_MOVED] =
        g_signal_new("address-moved", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 4,
                     G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING);
    /**
     * IpmpGroup::failed:
     * @self: a group
     *
     * Every member has become unusable.
     */
    signals[SIGNAL_FAILED] =
        g_signal_new("failed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
    /**
     * IpmpGroup::repaired:
     * @self: a group
     *
     * A member is usable again, the first after all had failed.
     */
    signals[SIGNAL_REPAIRED] =
        g_signal_new("repaired", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void ipmp_group_init(IpmpGroup *self)
{
}

static void group_follow(IpmpGroup *self)
{
    g_signal_connect_object(self->proxy, "g-properties-changed", G_CALLBACK(on_properties_changed),
                            self, G_CONNECT_SWAPPED);
    g_signal_connect_object(self->proxy, "address-moved", G_CALLBACK(on_address_moved), self,
                            G_CONNECT_SWAPPED);
    g_signal_connect_object(self->proxy, "failed", G_CALLBACK(on_failed), self, G_CONNECT_SWAPPED);
    g_signal_connect_object(self->proxy, "repaired", G_CALLBACK(on_repaired), self,
                            G_CONNECT_SWAPPED);
}

IpmpGroup *ipmp_group_new(IpmpDbusGroup *proxy, IpmpContext *context)
{
    IpmpGroup *self = g_object_new(IPMP_TYPE_GROUP, NULL);

    self->proxy = g_object_ref(proxy);
    self->context = ipmp_context_ref(context);
    group_follow(self);
    return self;
}

/* The object is the same, but what tells of it is another one, which may know more. */
void ipmp_group_set_proxy(IpmpGroup *self, IpmpDbusGroup *proxy)
{
    g_signal_handlers_disconnect_by_data(self->proxy, self);
    g_set_object(&self->proxy, proxy);
    group_follow(self);
    ipmp_properties_notify_all(G_OBJECT(self), ipmp_group_properties, ipmp_group_n_properties);
    g_signal_emit(self, signals[SIGNAL_CHANGED], 0);
}
