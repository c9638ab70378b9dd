/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ipmp-private.h"

const IpmpProperty ipmp_group_properties[] = {
    /**
     * IpmpGroup:object-path:
     *
     * The path of its object on the bus.
     */
    {"object-path", NULL, IPMP_KIND_STRING, G_CALLBACK(ipmp_group_get_object_path)},
    /**
     * IpmpGroup:name:
     *
     * Its name, empty for the anonymous group.
     */
    {"name", "Name", IPMP_KIND_STRING, G_CALLBACK(ipmp_group_get_name)},
    /**
     * IpmpGroup:state:
     *
     * "ok", "degraded" or "failed".
     */
    {"state", "State", IPMP_KIND_STRING, G_CALLBACK(ipmp_group_get_state)},
    /**
     * IpmpGroup:reason:
     *
     * Why the state is what it is, or empty.
     */
    {"reason", "Reason", IPMP_KIND_STRING, G_CALLBACK(ipmp_group_get_reason)},
    /**
     * IpmpGroup:anonymous:
     *
     * Whether this is the group of the watched interfaces that belong to none.
     */
    {"anonymous", "Anonymous", IPMP_KIND_BOOLEAN, G_CALLBACK(ipmp_group_get_anonymous)},
    /**
     * IpmpGroup:temporary:
     *
     * Whether what is in force ends with a restart of the machine.
     */
    {"temporary", "Temporary", IPMP_KIND_BOOLEAN, G_CALLBACK(ipmp_group_get_temporary)},
    /**
     * IpmpGroup:config-path:
     *
     * The file it was read from or written to, or empty.
     */
    {"config-path", "ConfigPath", IPMP_KIND_STRING, G_CALLBACK(ipmp_group_get_config_path)},
    /**
     * IpmpGroup:failure-detection-msec:
     *
     * Milliseconds within which probes shall find a failure.
     */
    {"failure-detection-msec", "FailureDetectionMSec", IPMP_KIND_UINT,
     G_CALLBACK(ipmp_group_get_failure_detection_msec)},
    /**
     * IpmpGroup:failure-detection-inherited:
     *
     * Whether the failure detection time is the default.
     */
    {"failure-detection-inherited", "FailureDetectionInherited", IPMP_KIND_BOOLEAN,
     G_CALLBACK(ipmp_group_get_failure_detection_inherited)},
    /**
     * IpmpGroup:current-failure-detection-msec:
     *
     * Milliseconds that can be kept at the moment, 0 while nothing is probed.
     */
    {"current-failure-detection-msec", "CurrentFailureDetectionMSec", IPMP_KIND_UINT,
     G_CALLBACK(ipmp_group_get_current_failure_detection_msec)},
    /**
     * IpmpGroup:failback:
     *
     * Whether addresses return to a repaired interface.
     */
    {"failback", "Failback", IPMP_KIND_BOOLEAN, G_CALLBACK(ipmp_group_get_failback)},
    /**
     * IpmpGroup:failback-inherited:
     *
     * Whether failback is the default.
     */
    {"failback-inherited", "FailbackInherited", IPMP_KIND_BOOLEAN,
     G_CALLBACK(ipmp_group_get_failback_inherited)},
    /**
     * IpmpGroup:probe-method:
     *
     * "auto", "icmp", "arp" or "none".
     */
    {"probe-method", "ProbeMethod", IPMP_KIND_STRING, G_CALLBACK(ipmp_group_get_probe_method)},
    /**
     * IpmpGroup:probe-targets:
     *
     * The configured targets.
     */
    {"probe-targets", "ProbeTargets", IPMP_KIND_STRV, G_CALLBACK(ipmp_group_get_probe_targets)},
    /**
     * IpmpGroup:probe-targets-only:
     *
     * Whether only the configured targets are probed.
     */
    {"probe-targets-only", "ProbeTargetsOnly", IPMP_KIND_BOOLEAN,
     G_CALLBACK(ipmp_group_get_probe_targets_only)},
    /**
     * IpmpGroup:probe-failures:
     *
     * Lost probes in a row that make a failure.
     */
    {"probe-failures", "ProbeFailures", IPMP_KIND_UINT, G_CALLBACK(ipmp_group_get_probe_failures)},
    /**
     * IpmpGroup:probe-repairs:
     *
     * Answered probes in a row that make a repair.
     */
    {"probe-repairs", "ProbeRepairs", IPMP_KIND_UINT, G_CALLBACK(ipmp_group_get_probe_repairs)},
    /**
     * IpmpGroup:repair-delay-msec:
     *
     * Milliseconds a link must stay up before its interface counts as repaired.
     */
    {"repair-delay-msec", "RepairDelayMSec", IPMP_KIND_UINT,
     G_CALLBACK(ipmp_group_get_repair_delay_msec)},
    /**
     * IpmpGroup:interfaces:
     *
     * Names of the members, in order of configuration.
     */
    {"interfaces", "Interfaces", IPMP_KIND_OWN_STRV, G_CALLBACK(ipmp_group_dup_interfaces)},
    /**
     * IpmpGroup:active-interfaces:
     *
     * Names of those that carry data.
     */
    {"active-interfaces", "ActiveInterfaces", IPMP_KIND_OWN_STRV,
     G_CALLBACK(ipmp_group_dup_active_interfaces)},
    /**
     * IpmpGroup:inactive-interfaces:
     *
     * Names of those that function and carry no data.
     */
    {"inactive-interfaces", "InactiveInterfaces", IPMP_KIND_OWN_STRV,
     G_CALLBACK(ipmp_group_dup_inactive_interfaces)},
    /**
     * IpmpGroup:addresses:
     *
     * Aa{sv}: the data addresses: "address" s, "interface" s (where it is now), "home" s, "state"
     * s, "source" s; nowhere and homeless are nothing (ms).
     */
    {"addresses", "Addresses", IPMP_KIND_OWN_DICTIONARIES, G_CALLBACK(ipmp_group_dup_addresses)},
    /**
     * IpmpGroup:failovers:
     *
     * How often addresses had to leave a failed member.
     */
    {"failovers", "Failovers", IPMP_KIND_UINT64, G_CALLBACK(ipmp_group_get_failovers)},
    /**
     * IpmpGroup:last-failover-usec:
     *
     * When that was last, wall clock; 0 for never.
     */
    {"last-failover-usec", "LastFailoverUSec", IPMP_KIND_UINT64,
     G_CALLBACK(ipmp_group_get_last_failover_usec)},
};
const guint ipmp_group_n_properties = G_N_ELEMENTS(ipmp_group_properties);
