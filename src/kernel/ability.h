/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a kernel has to be able to do, asked of the kernel itself: its version says little where a
 * distribution brings what is newer. */
#pragma once

#include <glib.h>
#include <linux/if_addr.h>

#ifndef IFA_PROTO
#define IFA_PROTO 11 /* since Linux 5.18 */
#endif

/* Whether the kernel knows this attribute of an address (IFA_*), by its refusal to dump by it.
 * Changes nothing, tells nobody. When it cannot be told it is taken for known. Errors:
 * MP_ERROR_KERNEL, no socket. */
gboolean mp_ability_address_attribute(guint16 attribute, gboolean *out_known, GError **error);

/* Whether the service can run on this kernel: it has to mark its addresses (IFA_PROTO). Errors:
 * MP_ERROR_KERNEL, with what is missing and the first Linux that has it. */
gboolean mp_ability_check(GError **error);
