/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ipmp-private.h"

const IpmpProperty ipmp_interface_properties[] = {
    /**
     * IpmpInterface:object-path:
     *
     * The path of its object on the bus.
     */
    {"object-path", NULL, IPMP_KIND_STRING, G_CALLBACK(ipmp_interface_get_object_path)},
    /**
     * IpmpInterface:name:
     *
     * Its configured name.
     */
    {"name", "Name", IPMP_KIND_STRING, G_CALLBACK(ipmp_interface_get_name)},
    /**
     * IpmpInterface:index:
     *
     * The kernel's index of the device, 0 when it is missing.
     */
    {"index", "Index", IPMP_KIND_UINT, G_CALLBACK(ipmp_interface_get_index)},
    /**
     * IpmpInterface:hardware-address:
     *
     * Lower-case, with colons; empty when it is missing.
     */
    {"hardware-address", "HardwareAddress", IPMP_KIND_STRING,
     G_CALLBACK(ipmp_interface_get_hardware_address)},
    /**
     * IpmpInterface:group:
     *
     * Name of the group that it is a member of; empty when it is in none and only watched.
     */
    {"group", "Group", IPMP_KIND_OWN_STRING, G_CALLBACK(ipmp_interface_dup_group)},
    /**
     * IpmpInterface:state:
     *
     * "ok", "failed", "unknown", "offline" or "missing".
     */
    {"state", "State", IPMP_KIND_STRING, G_CALLBACK(ipmp_interface_get_state)},
    /**
     * IpmpInterface:link-state:
     *
     * "up", "down" or "unknown".
     */
    {"link-state", "LinkState", IPMP_KIND_STRING, G_CALLBACK(ipmp_interface_get_link_state)},
    /**
     * IpmpInterface:probe-state:
     *
     * "ok", "failed", "unknown" or "disabled".
     */
    {"probe-state", "ProbeState", IPMP_KIND_STRING, G_CALLBACK(ipmp_interface_get_probe_state)},
    /**
     * IpmpInterface:active:
     *
     * Whether it carries data.
     */
    {"active", "Active", IPMP_KIND_BOOLEAN, G_CALLBACK(ipmp_interface_get_active)},
    /**
     * IpmpInterface:standby:
     *
     * Whether it is configured to carry data only when others cannot.
     */
    {"standby", "Standby", IPMP_KIND_BOOLEAN, G_CALLBACK(ipmp_interface_get_standby)},
    /**
     * IpmpInterface:reason:
     *
     * Why the state is what it is, or empty.
     */
    {"reason", "Reason", IPMP_KIND_STRING, G_CALLBACK(ipmp_interface_get_reason)},
    /**
     * IpmpInterface:state-since-usec:
     *
     * Since when, wall clock.
     */
    {"state-since-usec", "StateSinceUSec", IPMP_KIND_UINT64,
     G_CALLBACK(ipmp_interface_get_state_since_usec)},
    /**
     * IpmpInterface:hold-until-usec:
     *
     * Until when a repair is held back, wall clock; 0 when none is.
     */
    {"hold-until-usec", "HoldUntilUSec", IPMP_KIND_UINT64,
     G_CALLBACK(ipmp_interface_get_hold_until_usec)},
    /**
     * IpmpInterface:flags:
     *
     * Its flags, such as "running" or "standby".
     */
    {"flags", "Flags", IPMP_KIND_STRV, G_CALLBACK(ipmp_interface_get_flags)},
    /**
     * IpmpInterface:test-addresses:
     *
     * What probes are sent from, with prefix length.
     */
    {"test-addresses", "TestAddresses", IPMP_KIND_STRV,
     G_CALLBACK(ipmp_interface_get_test_addresses)},
    /**
     * IpmpInterface:addresses:
     *
     * The data addresses on it now.
     */
    {"addresses", "Addresses", IPMP_KIND_STRV, G_CALLBACK(ipmp_interface_get_addresses)},
    /**
     * IpmpInterface:target-mode:
     *
     * Where its probe targets come from: "configured", "routes", "multicast", "neighbours", "arp",
     * or "disabled" when it is not probed.
     */
    {"target-mode", "TargetMode", IPMP_KIND_STRING, G_CALLBACK(ipmp_interface_get_target_mode)},
    /**
     * IpmpInterface:targets:
     *
     * Its active targets, in the order in which they are probed;
     * [method@Ipmp.Interface.get_targets_sync] tells of all.
     */
    {"targets", "Targets", IPMP_KIND_STRV, G_CALLBACK(ipmp_interface_get_targets)},
};
const guint ipmp_interface_n_properties = G_N_ELEMENTS(ipmp_interface_properties);
