/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between the two files of the picture. */
#pragma once

#include "picture.h"

/* A nexthop leaves its groups; a group that loses its last member goes with its routes. `flushed`:
 * by the kernel of its own accord; those of others are remembered. */
void mp_picture_nexthop_drop(MpPicture *picture, guint32 id, gboolean flushed);
/* A whole dump did not show it. */
void mp_picture_nexthop_sweep(MpPicture *picture, guint32 id);
/* Routes that use it are to be looked at again. */
void mp_picture_note_nexthop(MpPicture *picture, guint32 id);
void mp_picture_nexthops_drop_by_link(MpPicture *picture, guint index);
/* An IPv4 route whose last hop dies is flushed, and nobody says so. */
void mp_picture_hops_change(MpPicture *picture, guint index, MpHopsFate fate);

/* Neither the kernel's nor ours. */
gboolean mp_route_is_others(const MpRoute *route);
MpDestination *mp_picture_destination_find(const MpPicture *picture, const MpAddress *dst,
                                           guint32 table);
/* Whether IPv4 routes (foreign ones alone) lead by the device. */
gboolean mp_picture_has_hop4(const MpPicture *picture, guint index, gboolean foreign);
MpPictureRoute *mp_picture_routes_add(MpPicture *picture, const MpRoute *route, gboolean ghost);
void mp_picture_routes_drop(MpPicture *picture, MpPictureRoute *entry);
/* To another form; of the same destination. */
void mp_picture_route_set(MpPicture *picture, MpPictureRoute *entry, const MpRoute *route,
                          gboolean ghost);
void mp_picture_set_ghost(MpPicture *picture, MpPictureRoute *entry, gboolean ghost);
void mp_picture_note_route(MpPicture *picture, MpPictureRoute *entry);

/* Whether the kernel has it without its source. */
void mp_picture_set_bare(MpPicture *picture, MpPictureRoute *entry, gboolean bare);
/* What the event says of this route, with the source that its owner gave it, if the kernel took it:
 * the entry is bare then. */
MpRoute mp_picture_with_source(MpPicture *picture, MpPictureRoute *entry, const MpEvent *event);
/* After a dump. */
void mp_picture_sources_sweep(MpPicture *picture);

void mp_picture_routes_init(MpPicture *picture);
void mp_picture_routes_clear(MpPicture *picture);
void mp_picture_routes_dump(MpPicture *picture);
void mp_picture_route_apply(MpPicture *picture, const MpEvent *event);
/* Before the others of its destination. */
void mp_picture_route_first(MpPictureRoute *entry);
void mp_picture_route_gone(MpPicture *picture, const MpEvent *event);
/* After a dump. */
void mp_picture_routes_sweep(MpPicture *picture);
