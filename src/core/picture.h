/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The observed picture: what the kernel has, as far as it told us. Changed by events alone, never
 * by what we asked for; the few things that the kernel does silently (Linux: nexthops of a link
 * that is lost, IPv4 routes of a device that goes down) are followed here by the same rules. */
#pragma once

#include "event.h"

typedef struct {
    MpLink link;
    gboolean read_down; /* the driver said so when asked, and no message has confirmed or denied it
                           yet */
} MpPictureLink;

typedef struct {
    MpIfaddr ifaddr;
    gboolean seen; /* since the last DUMP_BEGIN */
} MpPictureAddress;

typedef struct {
    MpFixed fixed;
    gboolean seen; /* since the last DUMP_BEGIN */
} MpPictureFixed;

/* What the kernel has just done to the IPv4 hops by a device, of which it says nothing. */
typedef enum {
    MP_HOPS_ALIVE, /* it came up, or has another address */
    MP_HOPS_DEAD,  /* down, or without an address */
    MP_HOPS_GONE,  /* no such device */
} MpHopsFate;

typedef struct {
    guint index;
    MpHopsFate fate;
} MpHopsChange;

typedef struct MpPictureRoute MpPictureRoute;
typedef struct MpDestination MpDestination;

struct MpPictureRoute {
    MpRoute route;
    MpDestination *destination;
    MpPictureRoute *next;           /* of the same destination, in the order of arrival */
    MpPictureRoute *before, *after; /* of the same list, in the order of arrival */
    guint dump;                     /* the one that showed it last */
    gboolean ghost; /* flushed by the kernel, not taken away by its owner: remembered */
    /* Taken away by its owner while the link was lost, by a manager's habit or for good: kept until
     * the link has been back for a while, never given back. */
    gboolean disowned;
    gint64 disowned_until_us; /* 0 = the link is not back yet */
    gboolean bare; /* the kernel took its source, which `route` still has: to be put back */
};

/* All routes to one destination. */
struct MpDestination {
    MpAddress dst;
    guint32 table; /* of test addresses; 0 = all others */
    MpPictureRoute *routes;
    /* What shadow.c knows of it. */
    GList link;      /* in `queue` */
    GQueue *queue;   /* NULL = in none */
    GSList *sets;    /* MpNexthopSet*: of its wanted routes */
    gboolean copied; /* in table 7300 */
    gboolean ruled;  /* there are copies of main's: rules are needed */
    GSList *also;    /* the other tables of ours that have copies of it, ascending */
};

typedef struct {
    MpPictureRoute *first, *last;
    guint n;
} MpRouteList;

/* What routes lead by. A host may have a hundred thousand routes; their next hops are few. */
typedef struct {
    guint oif;
    MpAddress gateway; /* family 0 = none */
    MpAddress host;    /* of an on-link route to one host, else family 0 */
    guint8 family;
    gboolean told;    /* in main, by its owner: says who is on the link */
    gboolean foreign; /* goes with the device's last address */
    guint n;          /* routes that have it */
    GList link;       /* in `hops` */
} MpHop;

typedef struct {
    GHashTable *links; /* index -> MpPictureLink* */
    GPtrArray *
        addresses; /* MpPictureAddress*, in the order of arrival (the kernel's order on a device) */
    GHashTable *by_key;      /* the same by their key */
    GHashTable *by_device;   /* index -> GPtrArray* of the same, in the same order */
    GPtrArray *no_addresses; /* of a device that has none */
    MpRouteList routes;      /* of others, and ours */
    MpRouteList tests;       /* of the tables of test addresses */
    MpRouteList ghosts;
    GTree *destinations;     /* MpDestination*, by table, family, network, prefix length */
    GQueue changed;          /* of these: those that shadow.c has to look at again */
    GQueue hops;             /* MpHop*, in the order of arrival */
    GHashTable *hops_by_key; /* the same */
    GHashTable *users;       /* id of a nexthop -> number of routes that use it */
    GHashTable *ghosts_of;   /* index -> number of ghosts */
    GArray *hops_changes;    /* MpHopsChange, in order: not applied yet */
    GHashTable *taken; /* set of MpIfaddr (key): IPv6 addresses that we took off a device -> dump */
    GHashTable *sources;  /* hash of an address -> number of IPv6 routes of others that name it */
    guint n_bare;         /* routes that are `bare` */
    gboolean dead_hops;   /* of a route that lives by another, there may be some */
    guint dump;           /* number of the running dump of routes, or the latest */
    guint unseen;         /* of `routes` and `tests`, by that dump */
    GHashTable *nexthops; /* id -> MpNexthop* */
    GHashTable *lost;  /* the same of others: flushed by the kernel, or a group that lost members */
    GArray *rules;     /* MpRule, in the kernel's order of equals */
    GHashTable *fixed; /* set of MpPictureFixed */
    GHashTable *sysctls;    /* index * 16 + key -> value */
    GHashTable *dumped;     /* index, id...: what the running dump has shown, see picture-dump.c */
    MpDump complete;        /* kinds of which a whole dump has been seen */
    MpDump running;         /* the kind whose dump is running */
    guint n_disowned;       /* routes that were disowned, an upper bound */
    guint64 rules_serial;   /* grows with each change of a rule of others */
    guint64 routes_serial;  /* grows with each change of a route */
    guint64 hops_serial;    /* grows with each hop that comes or goes */
    guint64 foreign_serial; /* grows with each change of a route that is not ours */
    guint64 address_serial; /* grows with each change of an address */
} MpPicture;

MpPicture *mp_picture_new(void);
void mp_picture_free(MpPicture *picture);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MpPicture, mp_picture_free)

/* Follow one event. Requests' answers (OP_DONE) and OVERFLOW do not change the picture. */
void mp_picture_apply(MpPicture *picture, const MpEvent *event);

const MpLink *mp_picture_link(const MpPicture *picture, guint index);
const MpLink *mp_picture_link_by_name(const MpPicture *picture, const char *name);
/* What the driver said when it was asked; whether that is news. */
gboolean mp_picture_read_link(MpPicture *picture, guint index, gboolean up);
/* Nobody asks any more: the last message counts. */
void mp_picture_forget_reads(MpPicture *picture);
gboolean mp_picture_link_read_down(const MpPicture *picture, guint index);
/* UP, RUNNING and not read as down: nexthops can be made on it. */
gboolean mp_picture_link_usable(const MpPicture *picture, guint index);

/* The address, with this prefix length, on a device; NULL = not there. */
const MpIfaddr *mp_picture_ifaddr(const MpPicture *picture, guint index, const MpAddress *address);
/* The addresses of a device (MpPictureAddress*), in the order of arrival. */
const GPtrArray *mp_picture_addresses(const MpPicture *picture, guint index);
/* Whether a device has a link-local IPv6 address that is not tentative. */
gboolean mp_picture_has_link_local(const MpPicture *picture, guint index);

const MpNexthop *mp_picture_nexthop(const MpPicture *picture, guint32 id);
/* As its owner made it, though the kernel may have flushed it. */
const MpNexthop *mp_picture_nexthop_made(const MpPicture *picture, guint32 id);
/* NULL = not there. */
const MpFixed *mp_picture_fixed(const MpPicture *picture, guint index, const MpAddress *address);
/* -1 = unknown or not there. */
gint mp_picture_sysctl(const MpPicture *picture, guint index, MpSysctl key);
/* Those of which the kernel tells, after its messages were lost. */
void mp_picture_forget_told_sysctls(MpPicture *picture, guint index);
gboolean mp_picture_has_rule(const MpPicture *picture, const MpRule *rule);
/* The first of those that have the table, destination, metric and so on of `route`, and the next
 * one; NULL = none. */
const MpPictureRoute *mp_picture_route_place(const MpPicture *picture, const MpRoute *route);
const MpPictureRoute *mp_picture_route_place_next(const MpPictureRoute *entry);
/* The first route to a destination, of all tables but those of test addresses. */
const MpPictureRoute *mp_picture_routes_to(const MpPicture *picture, const MpAddress *dst);
/* Routes of others that the kernel would flush with the device's last IPv4 address, or that are
 * remembered to have been. */
gboolean mp_picture_has_foreign4(const MpPicture *picture, guint index);
/* What the kernel flushed is done here as late as can be: a hundred thousand routes take a while.
 * Before the remembered ones are looked at. */
void mp_picture_flush(MpPicture *picture);

/* Made if need be; of tables that are not of test addresses. */
MpDestination *mp_picture_destination(MpPicture *picture, const MpAddress *dst);
/* shadow.c has to look at it (again). */
void mp_picture_mark(MpPicture *picture, MpDestination *destination);
/* It has no route, and nobody needs it. */
void mp_picture_destination_drop(MpPicture *picture, MpDestination *destination);

/* We took this address off its device: Linux 6.1 takes it from the IPv6 routes of others by
 * that device, too, whose source it is, and says nothing. TRUE: a dump has to show whether it did.
 */
gboolean mp_picture_note_taken(MpPicture *picture, const MpIfaddr *ifaddr);
/* Whether IPv6 routes of others name it, or (hardly ever) one that looks like it. */
gboolean mp_picture_is_source(const MpPicture *picture, const MpAddress *address);

/* Forget a remembered route: its owner took it away. */
void mp_picture_drop_ghosts(MpPicture *picture, guint index);
void mp_picture_drop_ghost(MpPicture *picture, MpPictureRoute *entry);
/* Of disowned routes: those whose time is over are forgotten; the next time to look, G_MAXINT64 =
 * never. */
void mp_picture_expire_disowned(MpPicture *picture, gint64 now_us);
gint64 mp_picture_disowned_deadline(const MpPicture *picture);
/* The device is back under another index. */
void mp_picture_move_ghosts(MpPicture *picture, guint from, guint to);
/* One of others that the kernel has taken: to be given back. */
void mp_picture_remember_nexthop(MpPicture *picture, const MpNexthop *nexthop);
/* A route of a stored record that the kernel does not have: as if it had been flushed, or,
 * disowned, as if its owner had taken it away without link. */
void mp_picture_remember_route(MpPicture *picture, const MpRoute *route, gboolean disowned);
