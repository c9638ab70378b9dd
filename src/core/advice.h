/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What would keep a failover from working, and what to do about it: a pure function of what is
 * known of the host. A group that is well set up and well gives nothing. */
#pragma once

#include "hearing.h"
#include "manager.h"

typedef enum {
    MP_SEVERITY_INFO,    /* worth knowing; nothing is wrong */
    MP_SEVERITY_WARNING, /* a failure may go unnoticed, or there is less redundancy than there seems
                          */
    MP_SEVERITY_ERROR,   /* something does not work, or a failover would not */
} MpSeverity;
#define MP_N_SEVERITIES 3

typedef enum {
    MP_ADVICE_CONFIG_ERROR,      /* a file is not in force */
    MP_ADVICE_GROUP_FAILED,      /* no member is usable */
    MP_ADVICE_NO_MEMBERS,        /* a group without any */
    MP_ADVICE_SINGLE_MEMBER,     /* nowhere to move to */
    MP_ADVICE_ALL_STANDBY,       /* one carries everything */
    MP_ADVICE_NO_ADDRESSES,      /* nothing to protect */
    MP_ADVICE_ADDRESS_DOWN,      /* a data address that no working member takes */
    MP_ADVICE_ADDRESS_WITHDRAWN, /* deleted by another program */
    MP_ADVICE_FAILED,            /* a member is */
    MP_ADVICE_MISSING,
    MP_ADVICE_OFFLINE, /* by request, and perhaps forgotten */
    MP_ADVICE_ENSLAVED,
    MP_ADVICE_DUPLICATE_HWADDR,
    MP_ADVICE_LINK_UNKNOWN, /* its driver cannot tell a lost link */
    MP_ADVICE_NO_IPV6,      /* it lacks a family that others carry */
    MP_ADVICE_NO_OUTBOUND,  /* active, but without an IPv4 address to send from */
    MP_ADVICE_NOT_ON_LINK,  /* neither hears the others nor is heard */
    MP_ADVICE_ONE_WAY,      /* either hears the others or is heard */
    MP_ADVICE_ARP_FLUX,     /* another device on the link answers for the group's addresses */
    MP_ADVICE_SETTING,      /* of the host: it spoils what a member needs */
    MP_ADVICE_NO_DETECTION, /* nobody is probed: only lost links are found */
    MP_ADVICE_NOT_PROBED,   /* a member is not, though others are */
    MP_ADVICE_TEST_ADDRESS_CONFLICT, /* another host has a member's test address */
    MP_ADVICE_NO_TARGETS,            /* nobody to ask, or nobody ever answered */
    MP_ADVICE_TARGET_SILENT,         /* answers no member, while others do */
    MP_ADVICE_DETECTION_RAISED,      /* failures are found later than configured */
    MP_ADVICE_NETWORK_MANAGER,       /* it flushes a member that has lost its link */
    MP_ADVICE_NETWORKD,              /* the same, and when it configures one anew */
} MpAdviceCode;
#define MP_N_ADVICE_CODES 28

typedef struct {
    MpSeverity severity;
    MpAdviceCode code;
    char *group;     /* "" = of none */
    char *interface; /* "" = of the group */
    char *message;   /* what is so, naming the values */
    char *advice;    /* what to do */
} MpAdvice;

const char *mp_severity_to_string(MpSeverity severity);
const char *mp_advice_code_to_string(MpAdviceCode code);
void mp_advice_free(MpAdvice *advice);

typedef struct {
    const MpSnapshot *snapshot;
    const MpHearing *hearing;         /* NULL = nobody has listened */
    const char *const *config_errors; /* of the files that are not in force, or NULL */
    gint64 now_us;                    /* monotonic */
    const GArray *managers;           /* MpManager, NULL = nobody has looked */
} MpAdviceInput;

/* MpAdvice*, the worst first, else by group; g_ptr_array_unref(). */
GPtrArray *mp_advice_make(const MpAdviceInput *input);
