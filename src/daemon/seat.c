/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "seat.h"

/* All under the mutex. */
struct IpmpdSeat {
    GMutex mutex;
    GCond cond;
    GThreadFunc func; /* given and not done yet */
    gpointer user_data;
    gboolean closed;
};

IpmpdSeat *ipmpd_seat_new(void)
{
    IpmpdSeat *seat = g_new0(IpmpdSeat, 1);

    g_mutex_init(&seat->mutex);
    g_cond_init(&seat->cond);
    return seat;
}

void ipmpd_seat_free(IpmpdSeat *seat)
{
    g_mutex_clear(&seat->mutex);
    g_cond_clear(&seat->cond);
    g_free(seat);
}

void ipmpd_seat_serve(IpmpdSeat *seat)
{
    g_mutex_lock(&seat->mutex);
    while (!seat->closed) {
        if (seat->func == NULL) {
            g_cond_wait(&seat->cond, &seat->mutex);
            continue;
        }
        g_mutex_unlock(&seat->mutex);
        seat->func(seat->user_data);
        g_mutex_lock(&seat->mutex);
        seat->func = NULL;
        g_cond_broadcast(&seat->cond);
    }
    g_mutex_unlock(&seat->mutex);
}

void ipmpd_seat_run(IpmpdSeat *seat, GThreadFunc func, gpointer user_data)
{
    g_mutex_lock(&seat->mutex);
    g_assert(seat->func == NULL && !seat->closed);
    seat->func = func;
    seat->user_data = user_data;
    g_cond_broadcast(&seat->cond);
    g_mutex_unlock(&seat->mutex);
}

void ipmpd_seat_wait(IpmpdSeat *seat)
{
    g_mutex_lock(&seat->mutex);
    while (seat->func != NULL)
        g_cond_wait(&seat->cond, &seat->mutex);
    g_mutex_unlock(&seat->mutex);
}

void ipmpd_seat_close(IpmpdSeat *seat)
{
    g_mutex_lock(&seat->mutex);
    seat->closed = TRUE;
    g_cond_broadcast(&seat->cond);
    g_mutex_unlock(&seat->mutex);
}
