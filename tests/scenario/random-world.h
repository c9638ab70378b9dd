/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A host to which things happen at random, one step after the other. */
#pragma once

#include "harness-network.h"

#define N_LINKS_MAX 6
#define N_ADDRESSES 8
#define N_TESTS 4
#define N_HOSTS 5

typedef enum {
    DO_CARRIER,
    DO_ADMIN,
    DO_UNPLUG,
    DO_ADDRESS_ADD,
    DO_ADDRESS_DEL,
    DO_LEASE,
    DO_OFFLINE,
    DO_ONLINE,
    DO_STANDBY,
    DO_FAILBACK,
    DO_DECLARE,
    DO_MEMBER,
    DO_HWADDR,
    DO_ENSLAVE,
    DO_RENAME,
    DO_MTU,
    DO_ROUTE,
    DO_OVERFLOW,
    DO_HOLD_ACKS,
    DO_LINKWATCH,
    DO_RESTART,
    DO_TEST,
    DO_FLUSH,
    DO_PROBING,
    DO_HOST,
    DO_PATH,
    DO_NO_ROOM,
    DO_TURN,
    DO_TIME,
    DO_REST,
    /* Those of the second generation: the first is kept for the sake of its seeds. */
    DO_NETNS,
    DO_IPV6,
    DO_REFUSE,
    DO_RELIEF,
    DO_DEAF,
    DO_DUMPS_FAIL,
    DO_READ_LIES,
    DO_KILL,
    DO_HOLD_RECORD,
    DO_RELOAD,
    DO_GROUP,
    DO_RULE,
    DO_TABLE,
    DO_OURS_GONE,
    DO_PREFIX,
    DO_DETECTION,
    /* Those of the third: what other programs do. */
    DO_NEXTHOP,
    DO_BY_NEXTHOP,
    DO_MULTIPATH,
    DO_TEMPORARY,
    DO_ADVERTISE,
    DO_SETTING,
    DO_FILTER_ALL,
    DO_NEIGHBOUR,
    DO_REPLUG,
    DO_NAMELESS,
    DO_LOOKED_FOR,
} Do;
#define N_DOS_FIRST (DO_REST + 1)
#define N_DOS_SECOND (DO_DETECTION + 1)
#define N_DOS (DO_LOOKED_FOR + 1)

typedef struct {
    const char *name;
    guint weight;
} DoKind;
extern const DoKind dos[N_DOS];

typedef struct {
    Do what;
    guint a, b;
} Step;

/* What the kernel refuses for a while. */
typedef struct {
    gint kind; /* MpOpKind, -1 = whatever */
    int error; /* 0 = nothing is refused */
    gboolean once;
} Fault;

typedef struct {
    Scenario *s;
    guint generation, n_links;
    gboolean member[N_LINKS_MAX], standby[N_LINKS_MAX], no_failback;
    gboolean declared[N_ADDRESSES];
    guint test[N_LINKS_MAX]; /* into `tests` */
    guint method;            /* into `methods` */
    gboolean no_back;        /* the second group is deleted */
    gboolean fast, delayed;  /* detection, repair */
    gboolean refused;        /* something, at some time: who refused what is not recorded */
    Fault fault;
    gint64 refusing_until_us; /* what was refused is tried again by then */
    gint life;                /* operations until it is killed, -1 = lives on */
    GHashTable *settings;     /* index and key -> Setting*: which others have changed */
    GHashTable *replaced;     /* indexes of devices in whose place there is another one */
    GHashTable *gone;         /* ids of nexthop objects that their owner has deleted ... */
    GHashTable *going;        /* ... since the host was last at rest */
} World;

/* What somebody wants of a setting. */
typedef struct {
    guint values;    /* bit n: n was wanted once */
    gint latest;     /* wanted now ... */
    gboolean unsure; /* ... if the service has heard of it */
} Setting;

World *world_new(guint generation, guint32 seed);
void world_free(World *w);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(World, world_free)
void world_step(World *w, const Step *step);
/* All quiet again: everything heals, everybody recovers (I12). */
void world_end(World *w);

/* random-fault.c */
void world_fault_step(World *w, const Step *step);
/* Whatever is refused is refused no more, and was tried again. */
void world_relief(World *w);
void world_watch(World *w); /* before each step */
void world_heal_links(World *w);
/* All groups are deleted: everything is given back (I8). */
void world_leave(World *w);
/* Nothing is known for sure of what an earlier request comes to. */
void world_doubt(World *w);
gboolean world_is_doubtful(const World *w);

/* random-others.c */
void world_others_step(World *w, const Step *step);
/* Which nexthop objects are gone is known to the service, and recorded; or another life is to begin
 * before it is, or that they went is among what was lost: on a device that carries nothing of ours
 * it cannot tell a deletion from a flush. */
void world_note_gone(World *w, gboolean known);
/* The value that this setting has to have when all is given back. */
void world_check_setting(World *w, guint link, MpSysctl key);
/* They begin anew with the device: from `first` on. */
void world_forget_settings(World *w, guint link, MpSysctl first);
/* What its owner has deleted nobody makes again. */
void world_check_nexthops(World *w);

/* random-world.c */
gboolean world_configure(World *w);
void world_hold_nothing(World *w);         /* before time goes by */
void world_agree(World *w);                /* before another life begins */
guint world_link(const World *w, guint n); /* index, 0 = none */
MpAddress world_address(guint n);
