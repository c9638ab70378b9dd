/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kernel's objects as plain values (no pointers: copied by assignment). What a number means is
 * the kernel's (rtnetlink); the few constants that decisions need are named here, so that core
 * includes no kernel header. kernel/ asserts that they are the same. */
#pragma once

#include "address.h"

#define MP_PROTOCOL 73u /* our mark on addresses, routes, rules and nexthops */
#define MP_TABLE_MAIN 254u
#define MP_TABLE_ROUTES 7300u /* copies of what leads through members, but for defaults */
#define MP_TABLE_DEFAULTS 7301u
#define MP_TABLE_LOCAL 255u
#define MP_TABLE_GATE_FIRST 0x48000000u /* plus the device's index: plan-gate.h */
#define MP_TABLE_GATE_LAST 0x48ffffffu
#define MP_METRIC_GATE_FIRST 0xff000000u /* the same, of IPv6 routes in main */
#define MP_TABLE_TEST_FIRST 0x49000000u  /* plus the device's index: of its test addresses */
#define MP_TABLE_TEST_LAST 0x49ffffffu
#define MP_TABLE_SHADOW_FIRST 0x4a000000u /* copies of others' tables: shadow-table.h */
#define MP_TABLE_SHADOW_LAST 0x4affffffu
#define MP_MEDIUM_ID_FIRST 0x49000000 /* of the members of one group, 2^24 of them */
#define MP_RULE_PRIORITY 32765u       /* the last place before main */
#define MP_RULE_PRIORITY_TEST 32764u  /* of test addresses, and of gates */
#define MP_NEXTHOP_ID_FIRST 0x49500000u
#define MP_NEXTHOP_ID_LAST 0x4950ffffu
#define MP_LOOPBACK_INDEX 1u
#define MP_FOREVER 0xffffffffu /* lifetimes, seconds */

#define MP_IFF_UP 0x1u
#define MP_IFF_BROADCAST 0x2u
#define MP_IFF_LOOPBACK 0x8u
#define MP_IFF_POINTOPOINT 0x10u
#define MP_IFF_RUNNING 0x40u
#define MP_IFF_NOARP 0x80u
#define MP_IFF_MULTICAST 0x1000u
#define MP_IFF_LOWER_UP 0x10000u

#define MP_OPER_UNKNOWN 0u
#define MP_OPER_UP 6u

#define MP_IFA_TEMPORARY 0x01u /* IPv4: secondary */
#define MP_IFA_SECONDARY 0x01u
#define MP_IFA_NODAD 0x02u
#define MP_IFA_OPTIMISTIC 0x04u
#define MP_IFA_DADFAILED 0x08u
#define MP_IFA_HOMEADDRESS 0x10u
#define MP_IFA_DEPRECATED 0x20u
#define MP_IFA_TENTATIVE 0x40u
#define MP_IFA_PERMANENT 0x80u
#define MP_IFA_MANAGETEMPADDR 0x100u
#define MP_IFA_NOPREFIXROUTE 0x200u
#define MP_IFA_MCAUTOJOIN 0x400u
#define MP_IFA_STABLE_PRIVACY 0x800u

#define MP_SCOPE_UNIVERSE 0u
#define MP_SCOPE_SITE 200u
#define MP_SCOPE_LINK 253u
#define MP_SCOPE_HOST 254u

#define MP_RTN_UNICAST 1u
#define MP_RTN_THROW 9u
#define MP_RTPROT_KERNEL 2u
#define MP_IFAPROT_RA 2u /* an address that the kernel made of an advertised prefix */
#define MP_RTPROT_RA 9u
#define MP_RTNH_ONLINK 4u
#define MP_RTNH_DEAD 1u
#define MP_RTNH_LINKDOWN 16u

typedef struct {
    guint index;
    char name[16];
    guint8 hwaddr[32]; /* first hwaddr_len bytes */
    guint8 hwaddr_len;
    guint8 perm_hwaddr[32];
    guint8 perm_hwaddr_len; /* 0: the driver does not tell */
    guint16 media;          /* ARPHRD_*; 1 = Ethernet */
    guint flags;            /* MP_IFF_* */
    guint8 operstate;
    gboolean carrier; /* IFLA_CARRIER */
    guint mtu;
    guint master;  /* index of the bridge, bond... that it is enslaved to, 0 = none */
    char kind[16]; /* IFLA_INFO_KIND, "" = hardware */
} MpLink;

/* An address on a device. Key: index, address.family, address.bytes, address.prefix. */
typedef struct {
    guint index;
    MpAddress address; /* IFA_LOCAL, else IFA_ADDRESS */
    gboolean has_peer; /* IFA_ADDRESS differs: point-to-point */
    guint32 flags;     /* MP_IFA_* */
    guint8 scope;
    guint8 protocol; /* IFA_PROTO */
    guint32 metric;  /* IFA_RT_PRIORITY */
    char label[16];  /* IPv4; "" = the device's name */
    gboolean has_broadcast;
    guint8 broadcast[4];
    guint32 valid_s; /* as told at `stamp_us` */
    guint32 preferred_s;
    gint64 stamp_us; /* monotonic time of the telling */
} MpIfaddr;

#define MP_RTAX_MAX                                                                                \
    18 /* RTAX_LOCK..RTAX_FASTOPEN_NO_COOKIE; RTAX_CC_ALGO (a string) is not kept                  \
        */

/* One route with one hop; a multipath route is several of these, hop 0, 1, ... of n_hops.
 * Key: family, table, dst, tos, metric, and (foreign ones) protocol, gateway, oif. */
typedef struct {
    guint8 family;
    guint32 table;
    MpAddress dst; /* network with prefix; ::/0 and 0.0.0.0/0 for default */
    guint8 tos;
    guint32 metric;
    guint8 type;
    guint8 protocol;
    guint8 scope;
    guint8 preference; /* RTA_PREF, IPv6 router preference */
    MpAddress prefsrc; /* family 0 = none */
    guint32 nhid;      /* 0 = none; else oif and gateway are the nexthop's and not told here */
    guint oif;
    MpAddress gateway; /* family 0 = on-link; may be of the other family (RTA_VIA) */
    guint8 hop_flags;  /* MP_RTNH_* as told */
    guint8 hop, n_hops;
    guint8 hop_weight;    /* of a hop of several: weight less 1, as the kernel has it */
    guint32 metrics_mask; /* bit n: metrics[n] is set (RTAX_n) */
    guint32 metrics[MP_RTAX_MAX];
    gboolean special; /* encapsulates: neither copied nor given back */
    gboolean has_expires;
    guint32 expires_s; /* as told at stamp_us */
    gint64 stamp_us;
} MpRoute;

typedef struct {
    guint32 id;
    guint16 weight; /* 1..256 */
} MpNexthopMember;

#define MP_NEXTHOP_MEMBERS_MAX 64

typedef struct {
    guint32 id;
    guint8 family; /* MP_IPV4, MP_IPV6; a group has 0 */
    guint8 protocol;
    guint oif;
    MpAddress gateway; /* family 0 = on-link */
    guint8 flags;      /* MP_RTNH_ONLINK */
    guint n_members;   /* > 0: a group */
    MpNexthopMember members[MP_NEXTHOP_MEMBERS_MAX];
    guint16 buckets;                      /* > 0: resilient; ours with timers of 0 */
    guint32 idle_timer, unbalanced_timer; /* of others' resilient groups, in the kernel's ticks */
    gboolean special; /* blackholes, encapsulates, or is a bridge's: not for routes like ours */
} MpNexthop;

#define MP_RULE_SELECTOR_MAX 128
#define MP_RULE_LOOKUP 1u

/* A routing rule; only those of ours are written. What else a rule asks of a packet (mark, device,
 * destination, ports...) is the kernel's language: kept as the door got it, and given back. */
typedef struct {
    guint8 family;
    guint32 priority;
    guint32 table;          /* 0: it leads to none */
    gint32 suppress_prefix; /* -1 = none */
    guint8 protocol;
    MpAddress from;      /* family 0 = all */
    char oif[16];        /* of sockets that are bound to this device; "" = all */
    guint8 action;       /* FR_ACT_*; 0 = MP_RULE_LOOKUP */
    gboolean unreadable; /* it asks for more than could be kept */
    guint8 selector_len; /* 0: all packets, but for `from` */
    guint8 selector[MP_RULE_SELECTOR_MAX];
} MpRule;

/* An entry of the IPv4 neighbour table that the kernel neither asks for nor forgets. Key: index,
 * address. */
typedef struct {
    guint index;
    MpAddress address; /* prefix 32 */
    guint8 hwaddr[6];
    guint8 protocol; /* NDA_PROTOCOL */
} MpFixed;

typedef enum {
    MP_SYSCTL_ARP_IGNORE,          /* net.ipv4.conf.IF.arp_ignore */
    MP_SYSCTL_ARP_ANNOUNCE,        /* net.ipv4.conf.IF.arp_announce */
    MP_SYSCTL_ARP_FILTER,          /* net.ipv4.conf.IF.arp_filter */
    MP_SYSCTL_MEDIUM_ID,           /* net.ipv4.conf.IF.medium_id */
    MP_SYSCTL_RP_FILTER,           /* net.ipv4.conf.IF.rp_filter */
    MP_SYSCTL_PROMOTE_SECONDARIES, /* net.ipv4.conf.IF.promote_secondaries */
    MP_SYSCTL_IGNORE_LINKDOWN4,    /* net.ipv4.conf.IF.ignore_routes_with_linkdown */
    MP_SYSCTL_IGNORE_LINKDOWN6,    /* net.ipv6.conf.IF.ignore_routes_with_linkdown */
    MP_SYSCTL_AUTOCONF,            /* net.ipv6.conf.IF.autoconf */
    MP_SYSCTL_HASH_POLICY4,        /* net.ipv4.fib_multipath_hash_policy */
    MP_SYSCTL_HASH_POLICY6,        /* net.ipv6.fib_multipath_hash_policy */
    MP_SYSCTL_NEXTHOP_COMPAT,      /* net.ipv4.nexthop_compat_mode */
    MP_SYSCTL_RP_FILTER_ALL,       /* net.ipv4.conf.all.rp_filter: read only */
} MpSysctl;
#define MP_N_SYSCTLS 13
#define MP_SYSCTL_FIRST_GLOBAL MP_SYSCTL_HASH_POLICY4 /* from here on index is 0 */

typedef struct {
    guint index; /* 0 = of the whole network namespace */
    MpSysctl key;
    gint value; /* -1 = the kernel has no such setting */
} MpSysctlValue;

const char *
mp_sysctl_to_string(MpSysctl key); /* "arp_ignore"...: names for the record and the log */
gboolean mp_sysctl_from_string(const char *word, MpSysctl *out);

/* The table of a device's test addresses. */
guint32 mp_table_test(guint index);
gboolean mp_table_is_test(guint32 table);
/* The table of what is on the link of a device. */
guint32 mp_table_gate(guint index);
/* Of these two kinds. */
gboolean mp_table_is_device(guint32 table);
/* Whether only routes of ours are looked at in it. */
gboolean mp_table_is_ours(guint32 table);

gboolean mp_ifaddr_same_key(const MpIfaddr *a, const MpIfaddr *b);
gint64 mp_ifaddr_end_us(const MpIfaddr *ifaddr); /* of its lease; G_MAXINT64 = forever */
/* Told in whole seconds, at two instants: up to three seconds are none. */
gboolean mp_ifaddr_same_end(const MpIfaddr *a, const MpIfaddr *b);
gboolean mp_route_equal(const MpRoute *a, const MpRoute *b); /* all but lifetimes (has_expires too)
                                                                and hop_flags' dead/linkdown */
gboolean mp_nexthop_equal(const MpNexthop *a, const MpNexthop *b);
gboolean mp_rule_equal(const MpRule *a, const MpRule *b);
gboolean mp_fixed_same_key(const MpFixed *a, const MpFixed *b);
guint mp_fixed_hash(gconstpointer fixed);
