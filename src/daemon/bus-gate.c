/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus-gate.h"

#include "authority.h"

/* Of the gate and of the filter, which GDBus may still be running when the gate is taken away. */
typedef struct {
    GMutex mutex;
    GCond cond;
    guint n_inside;  /* under the mutex */
    gboolean closed; /* under the mutex: nobody comes in any more, nor is held up */
    GMainContext *context;
} Hall;

struct IpmpdBusGate {
    GDBusConnection *bus;
    Hall *hall;
    guint filter_id;
};

static void hall_clear(gpointer data)
{
    Hall *hall = data;

    g_main_context_unref(hall->context);
    g_cond_clear(&hall->cond);
    g_mutex_clear(&hall->mutex);
}

static void hall_unref(gpointer hall)
{
    g_atomic_rc_box_release_full(hall, hall_clear);
}

/* In the main thread: the calls before this one have been handled. */
static gboolean on_reached(gpointer user_data)
{
    Hall *hall = user_data;

    g_mutex_lock(&hall->mutex);
    hall->n_inside--;
    g_cond_signal(&hall->cond);
    g_mutex_unlock(&hall->mutex);
    return G_SOURCE_REMOVE;
}

/* GDBus hands the call itself to the same context with the same priority, right after this. */
static void hall_follow(Hall *hall)
{
    GSource *source = g_idle_source_new();

    g_source_set_priority(source, G_PRIORITY_DEFAULT);
    g_source_set_static_name(source, "ipmpd bus gate");
    g_source_set_callback(source, on_reached, g_atomic_rc_box_acquire(hall), hall_unref);
    g_source_attach(source, hall->context);
    g_source_unref(source);
}

/* In GDBus's own thread, which stops reading while it is held here. FALSE: the gate is closed. */
static gboolean hall_enter(Hall *hall)
{
    gboolean closed;

    g_mutex_lock(&hall->mutex);
    while (hall->n_inside >= IPMPD_BUS_GATE_MAX && !hall->closed)
        g_cond_wait(&hall->cond, &hall->mutex);
    closed = hall->closed;
    hall->n_inside += !closed;
    g_mutex_unlock(&hall->mutex);
    if (!closed)
        hall_follow(hall);
    return !closed;
}

/* The bus lets a user wait for a limited number of answers, but send any number of calls that want
 * none. Of these only the ones that change something have a meaning. */
static gboolean is_idle_talk(GDBusMessage *message)
{
    const char *interface = g_dbus_message_get_interface(message);
    const IpmpdMethod *method = NULL;

    if (!(g_dbus_message_get_flags(message) & G_DBUS_MESSAGE_FLAGS_NO_REPLY_EXPECTED))
        return FALSE;
    if (interface != NULL)
        method = ipmpd_method_find(interface, g_dbus_message_get_member(message));
    return method == NULL || method->action == NULL;
}

static GDBusMessage *on_message(GDBusConnection *bus, GDBusMessage *message, gboolean incoming,
                                gpointer user_data)
{
    if (!incoming || g_dbus_message_get_message_type(message) != G_DBUS_MESSAGE_TYPE_METHOD_CALL)
        return message;
    if (!is_idle_talk(message) && hall_enter(user_data))
        return message;
    g_object_unref(message);
    return NULL;
}

IpmpdBusGate *ipmpd_bus_gate_new(GDBusConnection *bus)
{
    IpmpdBusGate *gate = g_new0(IpmpdBusGate, 1);
    Hall *hall = g_atomic_rc_box_new0(Hall);

    g_mutex_init(&hall->mutex);
    g_cond_init(&hall->cond);
    hall->context = g_main_context_ref_thread_default();
    gate->bus = g_object_ref(bus);
    gate->hall = hall;
    gate->filter_id =
        g_dbus_connection_add_filter(bus, on_message, g_atomic_rc_box_acquire(hall), hall_unref);
    return gate;
}

void ipmpd_bus_gate_close(IpmpdBusGate *gate)
{
    g_mutex_lock(&gate->hall->mutex);
    gate->hall->closed = TRUE;
    g_cond_broadcast(&gate->hall->cond);
    g_mutex_unlock(&gate->hall->mutex);
}

void ipmpd_bus_gate_free(IpmpdBusGate *gate)
{
    ipmpd_bus_gate_close(gate);
    g_dbus_connection_remove_filter(gate->bus, gate->filter_id);
    hall_unref(gate->hall);
    g_object_unref(gate->bus);
    g_free(gate);
}
