/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The first thread of the process, lent to whoever needs it. The service manager gives its
 * scheduling class to that thread alone (CPUSchedulingResetOnFork), so that it has to become the
 * engine's: then no right to raise a priority is needed, and everything else is an ordinary thread.
 */
#pragma once

#include <glib.h>

typedef struct IpmpdSeat IpmpdSeat;

IpmpdSeat *ipmpd_seat_new(void);
void ipmpd_seat_free(IpmpdSeat *seat); /* nobody may be in it or wait for it */

/* By the thread that is lent: does what it is given until the seat is closed. */
void ipmpd_seat_serve(IpmpdSeat *seat);

/* By another thread. One function at a time; wait for the first before the next is given. */
void ipmpd_seat_run(IpmpdSeat *seat, GThreadFunc func, gpointer user_data);
void ipmpd_seat_wait(IpmpdSeat *seat); /* until it has returned */
void ipmpd_seat_close(IpmpdSeat *seat);
