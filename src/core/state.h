/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The engine's memory: groups, members and data addresses as they are now. Private to core. */
#pragma once

#include "config.h"
#include "detection.h"
#include "engine.h"
#include "oplog.h"
#include "picture.h"
#include "placement.h"

typedef struct MpGroup MpGroup;

#define MP_IPV6_MTU_MIN 1280u
#define MP_FLAP_COUNT 3                          /* link-ups ... */
#define MP_FLAP_WINDOW_US (60 * MP_USEC_PER_SEC) /* ... within this are flapping */
#define MP_FLAP_HOLD_MAX_US (600 * MP_USEC_PER_SEC)
#define MP_UNFIT_IF_NEEDED G_MAXINT64 /* instead of a time: somebody has it */

/* See reread.h. */
typedef struct {
    gboolean missing; /* of the latest answer */
    guint tries;
} MpReread;

/* The machine of one interface: docs/state-machines.md. */
typedef struct {
    MpGroup *group;
    guint id; /* of this life of the member: what its probes are known by */
    char name[MP_INTERFACE_NAME_MAX + 1]; /* as configured */
    MpInterfaceConfig *config;
    guint index;      /* of the device, 0 = missing */
    guint last_index; /* of the device that it was, while it is missing: routes are remembered by it
                       */
    guint former_index; /* renamed away: what of ours is on it has to leave */

    MpInterfaceState state;
    MpLinkState link_state;
    MpReason reason;
    gint64 since_us;
    gint64 hold_until_us; /* 0 = no hold */
    MpReason hold_reason;
    gint64 link_ups[MP_FLAP_COUNT]; /* oldest first; 0 = none */
    gint64 flap_hold_us;            /* length of the last hold, 0 = none */
    gboolean link_was_up;

    /* Facts that were set by request or recorded. */
    gboolean offline;   /* by request */
    gboolean duplicate; /* hardware address */
    gboolean inactive;  /* repaired under Failback=no */
    gboolean seen;      /* present since the start of the host */
    gboolean plugged;   /* it was missing, and has not worked since then */
    gboolean reclaim;   /* what is at home here belongs here while it is active */
    gboolean convicted; /* by its probes */
    MpReason gone;      /* why it is missing */

    gboolean active;
    gboolean was_active;        /* before the running decision */
    gboolean leaving;           /* removed from the configuration: gives back */
    guint64 forgiven_id;        /* refusals of operations up to this one are out of date */
    gboolean hwaddr_changed;    /* neighbours know its addresses by the old one */
    gboolean silenced;          /* until now it answered for the addresses of the others, too */
    gboolean wants_placeholder; /* as of the latest plan */
    gboolean sysctls_asked;     /* of this index */
    gboolean sysctls_recalled;  /* of a device that is missing since the start */
    gboolean autoconf_away;     /* as of the latest decision: it has to be 0 */
    MpReread reread;            /* of this index */
    gboolean autoconf_asked;    /* they are read for its sake alone */
    gboolean sysctls_known;     /* answered: before they are put back they are read anew */
    gboolean mark_known;        /* what an earlier life set there was looked for */
    gboolean renewed;           /* ... and is not there: the device is a new one */
    gint sysctl_found[MP_N_SYSCTLS]; /* -1 = nothing recorded */
    gint sysctl_set[MP_N_SYSCTLS];   /* what we set, -1 = nothing */
    gboolean conflict;               /* another host has its test address */
    gboolean conflict_heard;         /* since it was asked for last */
    guint conflict_asks;
    gint64 conflict_us; /* of the next one; 0 = the address is not there, G_MAXINT64 = none */
    gint64 linkless_us; /* since when it has no link-local address; 0 = it has, MP_NO_TIME = too
                           long */
    gboolean targets_changed; /* since they were told */
    char told_targets[512];   /* of the latest notice, all */
    MpProbeCounts probed;     /* by probers that it has no more */
    guint64 link_losses, failures, repairs, announcements;
} MpMember;

#define MP_N_ANNOUNCEMENTS 4 /* after the address is there: at 0, 100, 500, 1500 ms */

typedef struct {
    MpAddress address;
    MpGroup *group;
    MpMember *home; /* NULL = homeless */
    MpMember *host; /* where it is wanted; NULL = held, nowhere yet */
    MpAddressSource source;
    gboolean configured; /* in the configuration now */
    gboolean placed;     /* the first decision of its place was made or found */
    gboolean created;
    gboolean withdrawn;
    gboolean leaving;  /* to be given back: home form at home, or removed if it was created */
    gboolean removed;  /* to be taken from the host altogether */
    MpIfaddr original; /* its form at home */
    gboolean foreign;  /* `original` was found, not made */
    GArray *others;    /* MpIfaddr: at home it is in these prefixes, too, as IPv4 allows */
    guint order;
    guint64 recorded;        /* serial of the first record that has it; 0 = of none */
    gint64 suspect_until_us; /* it vanished: somebody, or the kernel with a word still to come? 0 =
                                no */
    gboolean asked_for;      /* its removal, by a request: whatever the link does */
    gboolean unseen;         /* it vanished while nobody was there to see it */
    gint64 guest_until_us; /* so long a copy that another program put on a device is left there: one
                              without link, or its home that has its link back; 0 = none */
    guint guest_index;     /* that device */
    gboolean guest_linked; /* it had link then */
    MpIfaddr put;          /* its owner put it on this other device, where it may not stay ... */
    gint64 put_us;         /* ... then; 0 = he did not */
    guint seen_index;      /* the device on which it was last, 0 = none yet */
    gboolean was_somewhere; /* ... or before */
    guint told_index;       /* the device that spoke for it last */
    guint unfit[8];         /* indexes of members whose kernel refused it */
    gint64 unfit_until_us;  /* when nobody has it by then, all are tried again; 0 = none did */
    gint64 unfit_hold_us;   /* how long that was, doubling */

    /* Telling */
    gboolean moving; /* a move was decided and not yet seen */
    char moved_from[MP_INTERFACE_NAME_MAX + 1];
    MpReason move_reason;
    guint announced;     /* repeats done */
    gboolean said_again; /* it has not moved: those that have are announced before it */
    gint64 announce_us;  /* next one, 0 = none */
    gint64 settled_us;   /* when it arrived */
} MpData;

struct MpGroup {
    MpGroupConfig *config;
    GPtrArray *members; /* MpMember*, configuration order */
    GPtrArray *data;    /* MpData*, by address */
    guint next_order;   /* of its data: more than any has */
    MpGroupState state;
    MpReason reason;
    gboolean deleted;      /* all of it gives back, then it goes */
    gboolean anonymous;    /* one interface of no group: nothing of it is ever changed */
    MpPlaceMember *placed; /* as of the latest decision, one per member */
    gboolean reordered;    /* deleted: its connected routes have their old order again */
    gboolean full;         /* told: an address was found that is more than it may have */
    gboolean rebalance;    /* a member was activated or lost: homeless addresses are spread anew */
    guint64 failovers;
    gint64 last_failover_us;

    MpDetection *detection;
    gint64 probe_us;        /* when the detection wants to be called; G_MAXINT64 = never */
    gboolean targets_dirty; /* the configuration of targets changed, or what was heard */
    gboolean recalled;      /* it has had what an earlier life had learned */
    gint64 routerless_us;   /* since when ARP has nobody to ask; 0 = it has, or never had */
    gboolean targets_own;   /* one that we were told of is the host's own now: not asked */
    GArray *routers;        /* MpAddress: of the routing table */
    GArray *host_routes;    /* MpAddress */
    GArray *heard_routers;  /* MpAddress: IPv6 routers of neighbour tables */
    guint hwaddrs;          /* digest of what its members' probes say of targets */
    GArray *heard;          /* MpAddress: IPv4 neighbours of the table that is being read */
};

/* A remembered value of a global setting. */
typedef struct {
    gint found, set; /* -1 = nothing recorded */
} MpGlobalSysctl;

/* See orphan.h. */
typedef struct {
    guint index;
    gboolean asked, known; /* what its settings are now */
    MpReread reread;
    gint found[MP_N_SYSCTLS], set[MP_N_SYSCTLS]; /* -1 = nothing recorded */
} MpOrphan;

typedef struct {
    guint64 id;
    gint64 deadline_us;
    char group[MP_GROUP_NAME_MAX + 1]; /* it is about; "" = all that its configuration changes */
    MpConfig *undo;                    /* what was before, NULL = not undone */
    gboolean at_start;                 /* what the kernel refuses is left out: no error */
    GError *error;                     /* the first that the kernel refused */
} MpRequest;

struct MpEngine {
    MpConfig *config;
    GPtrArray *groups;  /* MpGroup* */
    GPtrArray *tracked; /* MpGroup*: one for each interface of no group that is watched */
    MpPicture *picture;
    MpOplog *oplog;
    GQueue *actions;  /* MpAction* */
    GQueue *notices;  /* MpAction*: popped after all else, since they can wait and packets cannot */
    GPtrArray *spare; /* MpAction*: done, to be used again */
    GHashTable *data; /* MpAddress, by its host part -> MpData: of all groups */
    GHashTable
        *by_index; /* index -> MpMember*, or NULL: as it was asked for since the last change */
    struct MpShadow *shadow; /* see shadow.h */
    MpGlobalSysctl globals[MP_N_SYSCTLS];
    gboolean globals_asked, globals_known;
    GArray *orphans; /* MpOrphan */
    GArray *strays;  /* MpIfaddr: see stray.h */

    gboolean configured; /* the first mp_engine_configure() was */
    gboolean started;    /* and the first full dump, so that decisions are made */
    gboolean starting;   /* the first decision: what is found is taken over, nothing is told */
    gboolean dirty;
    gboolean unplanned; /* decided, and what follows from it is not planned yet */
    gboolean untold;    /* planned, and not told */
    gboolean record_dirty;
    guint64 record_serial, record_stored;
    gboolean settings_dirty;    /* of it: settings as they were found */
    guint64 settings_serial;    /* the latest that has news of them */
    GPtrArray *recorded_routes; /* MpRecordRoute: as of the latest record */
    guint64 recorded_serial;    /* what they were made of */
    gint64 routes_rest_us;      /* not made anew before that */
    gint64 routes_again_us;     /* to be made anew then; 0 = they are right */
    MpRecord *past;             /* of an earlier life */
    MpLearned *learned;         /* of an earlier life; until the first decision is told */
    GHashTable *recalled;       /* names of the groups that have had theirs of it */
    guint phantoms;             /* indexes given to members that were missing at the start */
    gboolean resyncing;         /* messages were lost, the dump that heals it is not complete */
    guint64 discovered;         /* address_serial of the picture at the latest discovery */
    gint64 reread_us;           /* 0 = none: settings are asked for again, see reread.h */
    gint64 redump_us;           /* 0 = none: check what the kernel did silently */
    MpDump redump;
    GArray *polled; /* guint: the links to be read, by the latest decision */
    gint64 poll_us; /* the next time; G_MAXINT64 = none */
    guint64 sequence;
    gboolean plain_groups;  /* the kernel has no resilient nexthop groups */
    guint64 plain_until;    /* the last operation that did not know yet */
    guint32 nexthops_given; /* where the search for a free id goes on */
    gint64 spoken_us;       /* announcements: when the running burst began */
    guint spoken;           /* ... and how many addresses it had */
    gboolean say_again;     /* mp_engine_say_again(), not done yet */

    MpCookieKey key;
    GRand *random;
    guint last_member_id;
    GHashTable *probed;       /* index -> MpMember*: of groups, and tracked */
    guint64 routes_seen;      /* hops_serial of the picture at the latest look for targets */
    GArray *probes;           /* MpProbe: to be sent */
    gboolean targets_changed; /* of some member */
    GArray *taken;            /* those that were taken last */
    GArray *results;          /* MpProbeResult; NULL = nobody watches */
    gint64 rest_us; /* the earliest deadline but for those of probes and of reading links */
    gboolean rest_stale;

    GArray *requests; /* MpRequest */
    MpSnapshot *snapshot;
    guint64 snapshot_serial;
    gboolean visible_dirty;
    guint pending; /* operations wanted by the latest plan that are not held back after a refusal */
    guint portion; /* mp_engine_set_portion() */
    gboolean portioned;   /* the latest plan had more */
    gboolean routes_left; /* it had routes whose source is among them */
};

MpMember *mp_group_member(const MpGroup *group, const char *name);
MpMember *mp_group_member_by_index(const MpGroup *group, guint index);
MpMember *mp_engine_member(const MpEngine *engine, const char *name);
/* Asked for each address of each device: what was found is kept until a member has another index,
 * comes or goes, which is to be told by mp_engine_forget_indexes(). */
MpMember *mp_engine_member_by_index(const MpEngine *engine, guint index);
void mp_engine_forget_indexes(MpEngine *engine);

/* The member by which a foreign route leads, also one that was flushed with the member's device. */
MpMember *mp_engine_member_of_route(const MpEngine *engine, const MpRoute *route);

/* Present, link up (or unknown), not offline, no hold, not convicted. */
gboolean mp_member_is_working(const MpMember *member);
/* The same, or its probes have failed together with everybody's, which proves nothing: it carries
 * data as if nobody probed. */
gboolean mp_member_is_functioning(const MpMember *member);
/* The kernel drops IPv6 from a device whose packets are too small for it (RFC 8200). */
gboolean mp_link_has_ipv6(const MpLink *link);
/* Whether addresses of this family work on the member now. */
gboolean mp_member_can_host(const MpEngine *engine, const MpMember *member, guint8 family);
/* The same for IPv6, or it has been without a link-local address for a moment only. */
gboolean mp_member_may_host_ipv6(const MpEngine *engine, const MpMember *member);

/* Everything that anyone is told about data: its index when it is somewhere, else 0. */
guint mp_data_host_index(const MpData *data);
/* The device has the family, and its kernel did not refuse the address. */
gboolean mp_data_fits(const MpData *data, const MpLink *link);
/* The address is configured at its host and usable there. */
gboolean mp_data_is_settled(const MpEngine *engine, const MpData *data);
MpAddressState mp_data_state(const MpData *data);

/* notice.c */
void mp_notice_interface(MpEngine *engine, const MpMember *member, MpInterfaceState from,
                         gint64 now_us);
void mp_notice_role(MpEngine *engine, const MpMember *member, MpReason reason, gint64 now_us);
void mp_notice_group(MpEngine *engine, const MpGroup *group, MpGroupState from, gint64 now_us);
void mp_notice_moved(MpEngine *engine, const MpData *data, const char *from, const char *to,
                     MpReason reason, gint64 now_us);
void mp_notice_address(MpEngine *engine, const MpData *data, MpReason reason, gint64 now_us);
void mp_notice_config(MpEngine *engine, const char *group, const char *interface, MpReason reason,
                      const char *detail, gint64 now_us);
/* `member` NULL: of the group. */
void mp_notice_probing(MpEngine *engine, const MpGroup *group, const MpMember *member,
                       MpReason reason, const char *detail, gint64 now_us);
void mp_notice_kernel(MpEngine *engine, MpReason reason, const char *detail, gint64 now_us);
/* The group has as many data addresses as it may; this one of the member is none. */
void mp_notice_full(MpEngine *engine, const MpMember *member, const MpAddress *address,
                    gint64 now_us);
