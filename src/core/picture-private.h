/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between the two files of the picture. */
#pragma once

#include "picture.h"

/* A nexthop leaves its groups; a group that loses its last member goes with its routes. */
void mp_picture_nexthop_drop(MpPicture *picture, guint32 id);
void mp_picture_nexthops_drop_by_link(MpPicture *picture, guint index);
/* IPv4 routes of a device that goes down or away, or has no IPv4 address any more: flushed, and
 * nobody says so. */
void mp_picture_routes_flush4(MpPicture *picture, guint index);

GHashTable *mp_picture_places_new(void);
void mp_picture_route_apply(MpPicture *picture, const MpRoute *route, gboolean replaced);
void mp_picture_route_gone(MpPicture *picture, const MpEvent *event);
/* After a dump. */
void mp_picture_routes_sweep(MpPicture *picture);
