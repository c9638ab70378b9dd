/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ipmp-client-private.h"

const IpmpProperty ipmp_client_properties[] = {
    /**
     * IpmpClient:version:
     *
     * The version of the service.
     */
    {"version", "Version", IPMP_KIND_STRING, G_CALLBACK(ipmp_client_get_version)},
    /**
     * IpmpClient:state:
     *
     * "ok", "degraded" or "failed": the worst of the groups with members.
     */
    {"state", "State", IPMP_KIND_STRING, G_CALLBACK(ipmp_client_get_state)},
    /**
     * IpmpClient:default-failure-detection-msec:
     *
     * Milliseconds within which probes shall find a failure.
     */
    {"default-failure-detection-msec", "DefaultFailureDetectionMSec", IPMP_KIND_UINT,
     G_CALLBACK(ipmp_client_get_default_failure_detection_msec)},
    /**
     * IpmpClient:default-failback:
     *
     * Whether addresses return to a repaired interface.
     */
    {"default-failback", "DefaultFailback", IPMP_KIND_BOOLEAN,
     G_CALLBACK(ipmp_client_get_default_failback)},
    /**
     * IpmpClient:track-ungrouped:
     *
     * Whether interfaces of no group are watched.
     */
    {"track-ungrouped", "TrackUngrouped", IPMP_KIND_BOOLEAN,
     G_CALLBACK(ipmp_client_get_track_ungrouped)},
    /**
     * IpmpClient:link-poll-msec:
     *
     * Milliseconds between two looks at the carrier; 0 for never.
     */
    {"link-poll-msec", "LinkPollMSec", IPMP_KIND_UINT, G_CALLBACK(ipmp_client_get_link_poll_msec)},
    /**
     * IpmpClient:config-errors:
     *
     * "PATH:LINE: reason" for each refused file.
     */
    {"config-errors", "ConfigErrors", IPMP_KIND_STRV, G_CALLBACK(ipmp_client_get_config_errors)},
};
const guint ipmp_client_n_properties = G_N_ELEMENTS(ipmp_client_properties);
