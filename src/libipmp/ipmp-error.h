/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * IPMP_ERROR:
 *
 * Domain of everything that a call of this library can fail with, except cancellation.
 */
#define IPMP_ERROR (ipmp_error_quark())

/**
 * IpmpError:
 * @IPMP_ERROR_FAILED: anything that has no code of its own
 * @IPMP_ERROR_INVALID_ARGUMENT: a value, option or setting was refused; the message names it
 * @IPMP_ERROR_NO_SUCH_GROUP: there is no group of that name, or not any more
 * @IPMP_ERROR_NO_SUCH_INTERFACE: no group has an interface of that name, or not any more
 * @IPMP_ERROR_NO_SUCH_ADDRESS: the group has no such data address
 * @IPMP_ERROR_EXISTS: it exists already, and differs from what was asked for
 * @IPMP_ERROR_INTERFACE_IN_USE: the interface belongs to another group
 * @IPMP_ERROR_NOT_SUITABLE: the device can never be a member
 * @IPMP_ERROR_DUPLICATE_HARDWARE_ADDRESS: another member has the same hardware address
 * @IPMP_ERROR_MEDIA_MISMATCH: the device is of another kind than the members
 * @IPMP_ERROR_TEST_ADDRESS_CONFLICT: another member uses that test address
 * @IPMP_ERROR_STANDBY: a standby cannot be the home of data addresses
 * @IPMP_ERROR_MINIMUM_REDUNDANCY: too few usable members would remain
 * @IPMP_ERROR_NOT_SUPPORTED: the service cannot do that (yet), or not with this object
 * @IPMP_ERROR_BUSY: something else is under way; try again
 * @IPMP_ERROR_LIMIT_REACHED: there are too many of them
 * @IPMP_ERROR_INVALID_CONFIG: a configuration file is wrong; file, line and reason are in the
 *   message
 * @IPMP_ERROR_CONFIG_CHANGED: a file was edited by hand since the service read it
 * @IPMP_ERROR_KERNEL: the kernel refused; its words are in the message
 * @IPMP_ERROR_NOT_AUTHORIZED: the caller may not do that
 * @IPMP_ERROR_UNREACHABLE: there is no bus, or the service is not on it and cannot be started
 *
 * The errors of org.ipmp, and two of the way to it.
 */
typedef enum {
    IPMP_ERROR_FAILED,
    IPMP_ERROR_INVALID_ARGUMENT,
    IPMP_ERROR_NO_SUCH_GROUP,
    IPMP_ERROR_NO_SUCH_INTERFACE,
    IPMP_ERROR_NO_SUCH_ADDRESS,
    IPMP_ERROR_EXISTS,
    IPMP_ERROR_INTERFACE_IN_USE,
    IPMP_ERROR_NOT_SUITABLE,
    IPMP_ERROR_DUPLICATE_HARDWARE_ADDRESS,
    IPMP_ERROR_MEDIA_MISMATCH,
    IPMP_ERROR_TEST_ADDRESS_CONFLICT,
    IPMP_ERROR_STANDBY,
    IPMP_ERROR_MINIMUM_REDUNDANCY,
    IPMP_ERROR_NOT_SUPPORTED,
    IPMP_ERROR_BUSY,
    IPMP_ERROR_LIMIT_REACHED,
    IPMP_ERROR_INVALID_CONFIG,
    IPMP_ERROR_CONFIG_CHANGED,
    IPMP_ERROR_KERNEL,
    IPMP_ERROR_NOT_AUTHORIZED,
    IPMP_ERROR_UNREACHABLE,
} IpmpError;

GQuark ipmp_error_quark(void);
const char *ipmp_error_to_name(IpmpError code);

G_END_DECLS
